"""The state of an instance in plain data: what the control API answers and what pages and tables show."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from tools.local.process import Process
from tools.local.unit import Stage


@dataclass(frozen=True, kw_only=True)
class ProcessStatus:
    """One process now; `memory` is the resident set of it and its children in bytes."""

    name: str
    state: str
    stage: str
    pid: int | None
    port: int | None
    other_ports: tuple[int, ...]
    restarts: int
    memory: int


@dataclass(frozen=True, kw_only=True)
class Status:
    """The instance: whether it has started, its address and its processes in the order of their start."""

    settled: bool
    supervisor: int
    public_url: str
    processes: tuple[ProcessStatus, ...]

    @classmethod
    def parse(cls, document: dict[str, Any]) -> "Status":
        """From the JSON of the control API."""
        processes = tuple(
            ProcessStatus(**{**entry, "other_ports": tuple(entry["other_ports"])}) for entry in document["processes"]
        )
        return cls(**{**document, "processes": processes})

    def __getitem__(self, name: str) -> ProcessStatus:
        return next(process for process in self.processes if process.name == name)


def statuses(processes: Iterable[Process]) -> tuple[ProcessStatus, ...]:
    """The present state of the processes."""
    return tuple(
        ProcessStatus(
            name=process.unit.name,
            state=process.state.value,
            stage=Stage(process.unit.stage).name,
            pid=process.pid,
            port=process.unit.port,
            other_ports=process.unit.other_ports,
            restarts=process.restarts,
            memory=_memory(process.pid),
        )
        for process in processes
    )


def _memory(pid: int | None) -> int:
    if pid is None:
        return 0
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(_resident(member) for member in family)
    return 0


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return int(process.memory_info().rss)
    return 0
