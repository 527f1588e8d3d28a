"""kill -9 of the supervisor: all its programs end, and the next start in the same folder works with the old data."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.local.platforms import ECHO, LEAN, echo_platform, eventually, family, query
from tools.local.home import Home
from tools.local.launch import launched
from tools.local.problem import Problem

pytestmark = pytest.mark.platform


async def test_nothing_is_left_and_the_next_start_finds_the_data(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with echo_platform(home=home) as control:
        await query(control, "create table kept as select 42 as answer")
        status, base = await control.status(), (await control.ports())["gateway"]
        assert len(family(home, base)) >= len(status.processes)
        os.kill(status.supervisor, signal.SIGKILL)

        async def all_gone() -> bool:
            return not await asyncio.to_thread(family, home, base)

        await eventually(all_gone)
        with pytest.raises(Problem, match="does not run"):
            await control.status()
    assert (home / "control.sock").exists()
    async with launched(f"--file={ECHO}", *LEAN, home=home, within=60) as again:
        assert [row["answer"] for row in await query(again, "select answer from kept")] == [42]


async def test_a_second_start_in_the_same_folder_says_that_it_runs_already(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with echo_platform(home=home) as control:
        with pytest.raises(Problem) as told:
            async with launched(f"--file={ECHO}", *LEAN, home=home):
                pytest.fail("there would be two")
        assert any("running already" in line for line in told.value.excerpt)
        assert (await control.status()).settled


async def test_two_instances_run_side_by_side_and_do_not_meet(tmp_path: Path) -> None:
    async with echo_platform(home=tmp_path / "one") as one, echo_platform(home=tmp_path / "two") as two:
        pids = [{process.pid for process in (await control.status()).processes} for control in (one, two)]
        assert not pids[0] & pids[1]
        assert all(psutil.pid_exists(pid) for pid in pids[0] | pids[1] if pid)
        await one.down()
        await two.wait_ready(within=20)
    assert not Home(tmp_path / "one").is_held()
