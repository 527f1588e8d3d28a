"""What the supervisor runs: one program with its surroundings, and when it counts as ready."""

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from tools.local.probes import Probe


class Stage(IntEnum):
    """The order in which a running platform is stopped: no request enters, then none is cut, then none is missed."""

    gateway = 1
    service = 2
    sidecar = 3
    backing = 4


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A program to run.

    `needs` names units that must be ready before the first start. `prepare` runs before every start and returns
    what is only known then, as additional environment. A `once` unit is ready when it has ended with code 0.
    `prefix` is put before the command (another user, for example). Seconds throughout.
    """

    name: str
    command: Sequence[str]
    stage: Stage
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    prepare: Callable[[], Awaitable[Mapping[str, str]]] | None = None
    ready: Probe | None = None
    ready_within: float = 60.0
    once: bool = False
    prefix: Sequence[str] = ()
    port: int | None = None
    other_ports: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 1.5
    # What the kernel sends when the supervisor is killed. A database prefers a signal it can act on.
    orphan_signal: signal.Signals = signal.SIGKILL
