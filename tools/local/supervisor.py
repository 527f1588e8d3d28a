"""Starts the units in the order of their needs, keeps them alive, and stops them stage by stage."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import groupby

from tools.local import logs
from tools.local.home import Home
from tools.local.leftovers import record
from tools.local.problem import Problem
from tools.local.process import UP, Look, Process, State
from tools.local.unit import Unit

SHORTEN_EVERY = 60.0
RENEW_EVERY = 1.0
# Seconds for a stop of everything, and the least that a stage gets of them.
DOWN_WITHIN = 9.0
LEAST = 0.5


class Supervisor:
    """The processes of one instance. `say` tells a person one line."""

    def __init__(self, units: Iterable[Unit], home: Home, say: Callable[[str], None]) -> None:
        self.home = home
        self.settled = False
        self._say = say
        self._began = time.monotonic()
        look = Look(pid_changed=self._record, away=self._away)
        self.processes = {
            unit.name: Process(unit, log=home.logs / f"{unit.name}.log", announce=self._announce, look=look)
            for unit in units
        }

    async def up(self) -> None:
        """Start everything. Raises Problem with the first failure; the caller then calls `down`."""
        self._began = time.monotonic()
        for process in self.processes.values():
            logs.begin(process.log)
        try:
            async with asyncio.TaskGroup() as group:
                for process in self.processes.values():
                    group.create_task(self._bring_up(process))
        except ExceptionGroup as failures:
            raise _first(failures) from None
        for process in self.processes.values():
            process.settle()
        self.settled = True

    async def down(self) -> None:
        """Stop everything: the gateway, then services (they drain), then sidecars, then the rest. Within ten seconds."""
        ends = time.monotonic() + DOWN_WITHIN
        for stage in stop_order(self.processes.values()):
            left = max(ends - time.monotonic(), LEAST)
            await asyncio.gather(*(process.stop(left) for process in stage))

    def kill_all(self) -> None:
        """End everything at once."""
        for process in self.processes.values():
            process.kill()

    def find(self, name: str) -> list[Process]:
        """The process of this name, or all replicas of a service. Raises KeyError when there is none."""
        if name in self.processes:
            return [self.processes[name]]
        replicas = [process for key, process in self.processes.items() if is_replica(key, name)]
        if not replicas:
            raise KeyError(name)
        return replicas

    async def restart(self, name: str) -> None:
        """Stop and start, one replica after the other, each waited for."""
        for process in self.find(name):
            await process.stop()
            process.start()
            await process.wait_until(*UP, within=process.unit.ready_within)

    async def wait_ready(self, name: str | None, within: float) -> None:
        """Wait until a process, or everything, is ready. Raises Problem when it takes longer (seconds)."""
        chosen = self.find(name) if name else list(self.processes.values())
        await asyncio.gather(*(process.wait_until(*UP, within=within) for process in chosen))

    async def keep_logs_short(self) -> None:
        """Runs until cancelled: cuts log files that grow too large."""
        while True:
            await asyncio.sleep(SHORTEN_EVERY)
            for process in self.processes.values():
                logs.shorten(process.log)

    async def renew_incomplete(self) -> None:
        """Runs until cancelled: a sidecar that began its life without Redis never looks for it again by itself."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            for process in self.processes.values():
                if process.state is State.ready and process.born_without and not self._away(process.unit):
                    self._announce(f"{process.unit.name} is started anew: {', '.join(process.born_without)} is back")
                    await process.stop()
                    process.start()

    def _away(self, unit: Unit) -> Mapping[str, State]:
        states = {name: self.processes[name].state for name in unit.needs if name in self.processes}
        return {name: state for name, state in states.items() if state not in UP}

    async def _bring_up(self, process: Process) -> None:
        for name in process.unit.needs:
            if name in self.processes:
                await self.processes[name].wait_until(*UP, within=process.unit.ready_within * 3)
        began = time.monotonic()
        process.start()
        await process.wait_until(*UP, within=process.unit.ready_within)
        self._announce(f"{process.unit.name} is {process.state.value} ({time.monotonic() - began:.1f} s)")

    def _announce(self, line: str) -> None:
        self._say(f"{time.monotonic() - self._began:6.1f} s  {line}")

    def _record(self) -> None:
        with suppress(OSError):
            record(self.home, {name: p.pid for name, p in self.processes.items() if p.pid is not None})


def stop_order(processes: Iterable[Process]) -> list[list[Process]]:
    """Groups of processes; a group is stopped when the one before has ended."""
    ordered = sorted(processes, key=lambda process: process.unit.stage)
    return [list(group) for _, group in groupby(ordered, key=lambda process: process.unit.stage)]


def is_replica(name: str, service: str) -> bool:
    """Whether a process is one of a service's own, such as auth-2 of auth; sidecars are not."""
    return name.startswith(f"{service}-") and name.removeprefix(f"{service}-").isdigit()


def _first(failures: BaseExceptionGroup[Exception]) -> BaseException:
    problem = failures.exceptions[0]
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem if isinstance(problem, Problem) else failures
