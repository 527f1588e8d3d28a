"""A process that dies is started again, ever more slowly; one that cannot start is a problem told once."""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tools.local.backoff import Backoff
from tools.local.home import Home
from tools.local.leftovers import end_leftovers, record
from tools.local.problem import Problem
from tools.local.process import Look, Process, State
from tools.local.supervisor import Supervisor
from tools.local.unit import Stage, Unit

pytestmark = pytest.mark.thorough

FOREVER = "import time\nwhile True: time.sleep(60)"
STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(60)"
)


ALONE = Look(pid_changed=lambda: None, away=lambda _: {})


async def _always() -> bool:
    return True


def _unit(name: str, code: str, **settings: object) -> Unit:
    defaults: dict[str, object] = {"stage": Stage.backing, "directory": Path("/"), "ready": _always}
    return Unit(name=name, command=[sys.executable, "-c", code], **{**defaults, **settings})  # type: ignore[arg-type]  # a test names any field


@asynccontextmanager
async def _process(
    tmp_path: Path, unit: Unit, backoff: Callable[[], Backoff] = Backoff
) -> AsyncIterator[tuple[Process, list[str]]]:
    said: list[str] = []
    log = tmp_path / f"{unit.name}.log"
    process = Process(unit, log=log, announce=said.append, look=ALONE, backoff=backoff)
    try:
        yield process, said
    finally:
        process.kill()
        await process.stop()


def test_the_delay_doubles_up_to_thirty_seconds_and_a_life_of_ten_forgives() -> None:
    backoff = Backoff()
    assert [backoff.after(lived=1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(lived=9) == 30
    assert backoff.after(lived=10) == 0.5


async def test_a_killed_process_is_started_again_and_it_says_so(tmp_path: Path) -> None:
    async with _process(tmp_path, _unit("napper", FOREVER)) as (process, said):
        process.start()
        await process.wait_until(State.ready, within=10)
        process.settle()
        first = process.pid
        await process.die()
        await process.wait_until(State.ready, within=10)
        assert process.pid not in {None, first}
        assert process.restarts == 1
        assert said == ["napper was killed by SIGKILL; it is started again in 0.5 s"]


async def test_a_death_before_readiness_is_a_problem_with_the_last_lines(tmp_path: Path) -> None:
    unit = _unit("crasher", "import sys; print('no disk'); sys.exit(3)", ready=_never)
    async with _process(tmp_path, unit) as (process, _):
        process.start()
        with pytest.raises(Problem) as told:
            await process.wait_until(State.ready, within=10)
    assert told.value.cause == "crasher ended with code 3 before it was ready."
    assert told.value.excerpt[-1] == "no disk"


async def _never() -> bool:
    return False


async def test_a_program_that_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    unit = Unit(name="ghost", command=["/no/such/program"], stage=Stage.backing, directory=Path("/"), ready=_never)
    async with _process(tmp_path, unit) as (process, _):
        process.start()
        with pytest.raises(Problem) as told:
            await process.wait_until(State.ready, within=10)
    assert "/no/such/program" in told.value.excerpt[-1]


async def test_a_preparation_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    async def prepare() -> Mapping[str, str]:
        raise Problem("The disk is full.", "Make room.")

    async with _process(tmp_path, _unit("unprepared", FOREVER, prepare=prepare)) as (process, _):
        process.start()
        with pytest.raises(Problem, match="The disk is full"):
            await process.wait_until(State.ready, within=10)


async def test_one_that_is_never_ready_is_a_problem_after_its_time(tmp_path: Path) -> None:
    async with _process(tmp_path, _unit("slow", FOREVER, ready=_never)) as (process, _):
        process.start()
        with pytest.raises(Problem, match="slow is still starting"):
            await process.wait_until(State.ready, within=0.3)


async def test_a_stopped_process_stays_stopped_until_it_is_started(tmp_path: Path) -> None:
    async with _process(tmp_path, _unit("napper", FOREVER)) as (process, said):
        process.start()
        await process.wait_until(State.ready, within=10)
        process.settle()
        await process.stop()
        assert (process.state, process.pid, said) == (State.stopped, None, [])
        process.start()
        await process.wait_until(State.ready, within=10)


async def test_a_stop_while_it_waits_to_be_started_again_is_at_once(tmp_path: Path) -> None:
    unit = _unit("napper", FOREVER, stop_within=60)
    async with _process(tmp_path, unit, lambda: Backoff(first=600, longest=600)) as (process, said):
        process.start()
        await process.wait_until(State.ready, within=10)
        process.settle()
        await process.die()
        await process.wait_until(State.restarting, within=10)
        async with asyncio.timeout(30):
            await process.stop()
        assert process.state is State.stopped
        assert said == ["napper was killed by SIGKILL; it is started again in 600.0 s"]


async def test_one_that_does_not_heed_a_stop_is_killed(tmp_path: Path) -> None:
    unit = _unit("deaf", STUBBORN, ready=_said(tmp_path / "deaf.log", "deaf"), stop_within=0.3)
    async with _process(tmp_path, unit) as (process, said):
        process.start()
        await process.wait_until(State.ready, within=10)
        await process.stop()
        assert process.state is State.stopped
        assert said == ["deaf did not stop within 0.3 s and was killed"]


async def test_a_frozen_process_can_be_stopped(tmp_path: Path) -> None:
    async with _process(tmp_path, _unit("napper", FOREVER)) as (process, said):
        process.start()
        await process.wait_until(State.ready, within=10)
        process.freeze()
        await process.stop()
        assert (process.state, said) == (State.stopped, [])


async def test_what_a_process_has_started_does_not_outlive_it(tmp_path: Path) -> None:
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {FOREVER!r}])"
    log = tmp_path / "parent.log"
    async with _process(tmp_path, _unit("parent", code)) as (process, _):
        process.start()
        await process.wait_until(State.ready, within=10)
        assert process.pid is not None
        family = await _children(process.pid)
        await process.stop()
    assert log.exists()
    assert psutil.wait_procs(family, timeout=20)[1] == []


async def _children(pid: int) -> list[psutil.Process]:
    async with asyncio.timeout(10):
        while not (found := psutil.Process(pid).children()):  # noqa: ASYNC110 - another program sets no event of ours
            await asyncio.sleep(0.02)
    return found


def _said(log: Path, word: str) -> object:
    async def probe() -> bool:
        return word in _text(log)

    return probe


def _text(log: Path) -> str:
    return log.read_text() if log.exists() else ""


async def test_a_single_task_is_done_when_it_ended_well_and_runs_once(tmp_path: Path) -> None:
    async with _process(tmp_path, _unit("task", "print('once')", once=True, ready=None)) as (process, _):
        process.start()
        await process.wait_until(State.done, within=10)
        assert process.log.read_text() == "once\n"


async def test_a_single_task_that_ends_badly_is_a_problem(tmp_path: Path) -> None:
    async with _process(tmp_path, _unit("task", "raise SystemExit(1)", once=True, ready=None)) as (process, _):
        process.start()
        with pytest.raises(Problem, match="task ended with code 1"):
            await process.wait_until(State.done, within=10)


async def test_what_a_killed_supervisor_left_is_ended_by_the_next(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    async with _process(tmp_path, _unit("orphan", FOREVER)) as (process, _):
        process.start()
        await process.wait_until(State.ready, within=10)
        assert process.pid is not None
        left = psutil.Process(process.pid)
        record(home, {"orphan": process.pid})
        assert end_leftovers(home) == ["orphan"]
        assert psutil.wait_procs([left], timeout=20)[1] == []
        await process.stop()
    assert end_leftovers(home) == []


def test_a_process_that_only_has_the_same_number_is_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    home.processes_file.write_text(json.dumps({"auth-1": [os.getpid(), 1.0]}))
    assert end_leftovers(home) == []


async def test_stopping_goes_gateway_services_sidecars_rest_each_after_the_other(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    farewell = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.15)\n    print(time.monotonic(), flush=True)\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nprint('ears', flush=True)\n" + FOREVER
    )
    names = {
        Stage.backing: "postgres",
        Stage.sidecar: "auth-1.sidecar",
        Stage.service: "auth-1",
        Stage.gateway: "gateway",
    }
    units = [
        _unit(name, farewell, stage=stage, ready=_said(home.logs / f"{name}.log", "ears"))
        for stage, name in names.items()
    ]
    supervisor = Supervisor(units, home, lambda _: None)
    await supervisor.up()
    await supervisor.down()
    ended = {name: float((home.logs / f"{name}.log").read_text().split()[-1]) for name in names.values()}
    assert sorted(ended, key=lambda name: ended[name]) == ["gateway", "auth-1", "auth-1.sidecar", "postgres"]
    times = sorted(ended.values())
    # 0.15 s of farewell each, one after the other: none was asked before the one ahead had ended.
    assert all(later - earlier >= 0.15 for earlier, later in itertools.pairwise(times))


async def test_the_first_failure_ends_the_start_and_names_its_cause(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    crash = _unit("crasher", "raise SystemExit('broken')", ready=_never)
    later = _unit("later", FOREVER, needs=("crasher",))
    supervisor = Supervisor([later, crash, _unit("fine", FOREVER)], home, lambda _: None)
    with pytest.raises(Problem, match="crasher ended with code 1"):
        await supervisor.up()
    await supervisor.down()
    assert all(process.pid is None for process in supervisor.processes.values())
    assert supervisor.processes["later"].state is State.stopped
