"""Where sidecars write down their addresses is there, in the mode they want it in, before any of them starts."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tools.local.home import Home
from tools.local.sidecars import renew_identities


def test_addresses_of_the_last_run_are_gone_and_nobody_has_to_change_the_file(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    with closing(sqlite3.connect(home.path / "names.db")) as names:
        names.execute("create table hosts (address text)")
    renew_identities(home)
    with closing(sqlite3.connect(home.path / "names.db")) as names:
        assert names.execute("select count(*) from sqlite_master").fetchone() == (0,)
        assert names.execute("pragma journal_mode").fetchone() == ("wal",)
