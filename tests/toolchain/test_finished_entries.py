import os
import stat
from pathlib import Path

import pytest

from tests.toolchain.making import Counting, a_pin, a_toolchain, write_program
from tools.toolchain.cache import Cache
from tools.toolchain.programs import ToolError
from tools.toolchain.steps import Job


def quiet(_line: str) -> None:
    pass


def test_nothing_is_found_in_an_empty_cache_and_nothing_is_written(tmp_path: Path) -> None:
    tools = a_toolchain(tmp_path / "cache", a_pin(tmp_path))
    assert tools.find("greet") is None
    assert not (tmp_path / "cache").exists()


def test_a_prepared_program_is_found(tmp_path: Path) -> None:
    tools = a_toolchain(tmp_path / "cache", a_pin(tmp_path))
    path = tools.ensure("greet", say=quiet)
    assert path == tools.find("greet")
    assert os.access(path, os.X_OK)


def test_the_second_time_nothing_is_made(tmp_path: Path) -> None:
    recipe = Counting()
    pin = a_pin(tmp_path)
    for _ in range(2):
        a_toolchain(tmp_path / "cache", pin, recipe=recipe).ensure("greet", say=quiet)
    assert recipe.made == ["greet"]


def test_a_half_written_entry_is_not_used_and_is_made_anew(tmp_path: Path) -> None:
    recipe = Counting()
    tools = a_toolchain(tmp_path / "cache", pin := a_pin(tmp_path), recipe=recipe)
    write_program(tools.cache.entry(pin) / "bin/greet", "half of it")
    assert tools.find("greet") is None
    assert "hello" in tools.ensure("greet", say=quiet).read_text(encoding="utf-8")


def test_a_program_cut_short_is_not_used_and_is_made_anew(tmp_path: Path) -> None:
    recipe = Counting()
    tools = a_toolchain(tmp_path / "cache", a_pin(tmp_path), recipe=recipe)
    tools.ensure("greet", say=quiet).write_text("", encoding="utf-8")
    assert tools.find("greet") is None
    assert tools.ensure("greet", say=quiet).stat().st_size > 0
    assert recipe.made == ["greet", "greet"]


def test_a_recipe_that_fails_leaves_no_entry_and_no_half_built_folder(tmp_path: Path) -> None:
    def fails(job: Job) -> None:
        write_program(job.folder / "bin/greet", "half of it")
        raise ToolError("the network is away")

    tools = a_toolchain(tmp_path / "cache", a_pin(tmp_path), recipe=fails)
    with pytest.raises(ToolError, match="the network is away"):
        tools.ensure("greet", say=quiet)
    assert tools.find("greet") is None
    assert list((tmp_path / "cache/.staging").iterdir()) == []


def test_what_a_killed_build_left_behind_is_removed(tmp_path: Path) -> None:
    tools = a_toolchain(tmp_path / "cache", pin := a_pin(tmp_path))
    left = tmp_path / "cache/.staging" / f"{tools.cache.entry(pin).name}.999999" / "scratch"
    left.mkdir(parents=True)
    tools.ensure("greet", say=quiet)
    assert list((tmp_path / "cache/.staging").iterdir()) == []


def test_a_recipe_that_makes_nothing_is_an_error(tmp_path: Path) -> None:
    tools = a_toolchain(tmp_path / "cache", a_pin(tmp_path), recipe=lambda _job: None)
    with pytest.raises(ToolError, match="without bin/greet"):
        tools.ensure("greet", say=quiet)


def test_others_can_read_and_run_what_one_user_made_under_a_strict_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        path = a_toolchain(tmp_path / "cache", a_pin(tmp_path)).ensure("greet", say=quiet)
    finally:
        os.umask(before)
    for folder in (tmp_path / "cache", path.parent.parent, path.parent, path):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((path.parent.parent / "complete.json").stat().st_mode) == 0o644


def test_a_finished_program_serves_a_user_who_cannot_write(tmp_path: Path) -> None:
    pin = a_pin(tmp_path)
    path = a_toolchain(tmp_path / "cache", pin).ensure("greet", say=quiet)
    folders = [tmp_path / "cache", *(folder for folder in (tmp_path / "cache").rglob("*") if folder.is_dir())]
    before = {folder: snapshot(folder) for folder in folders}
    for folder in folders:
        folder.chmod(0o555)
    assert a_toolchain(tmp_path / "cache", pin, recipe=Counting()).ensure("greet", say=quiet) == path
    for folder in folders:
        folder.chmod(0o755)
    assert {folder: snapshot(folder) for folder in folders} == before


def snapshot(folder: Path) -> list[tuple[str, int]]:
    return sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())


def test_a_cache_that_cannot_be_made_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    tools = a_toolchain(tmp_path / "file/cache", a_pin(tmp_path))
    with pytest.raises(ToolError, match="set CODEZEST_CACHE to a folder of your own"):
        tools.ensure("greet", say=quiet)


def test_clean_removes_what_the_cache_made_and_nothing_else(tmp_path: Path) -> None:
    tools = a_toolchain(tmp_path, a_pin(tmp_path))
    tools.ensure("greet", say=quiet)
    (tmp_path / "go-modules/some@v1").mkdir(parents=True)
    (tmp_path / "go-modules/some@v1").chmod(0o555)
    (tmp_path / "holiday-2026").mkdir()
    tools.cache.clean()
    assert [path.name for path in tmp_path.iterdir()] == ["holiday-2026"]


@pytest.mark.parametrize(
    ("environ", "root"),
    [
        ({"HOME": "/h"}, "/h/.cache/codezest"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/x/codezest"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/x", "CODEZEST_CACHE": "/c"}, "/c"),
    ],
)
def test_the_environment_says_where_the_cache_is(environ: dict[str, str], root: str) -> None:
    assert Cache.of(environ).root == Path(root)
