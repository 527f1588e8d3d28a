"""One unit while the platform runs: started, watched, started again when it dies, stopped."""

import asyncio
import math
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tools.local import logs
from tools.local.backoff import Backoff
from tools.local.probes import holds
from tools.local.problem import Problem
from tools.local.spawn import spawn
from tools.local.unit import Unit

Announce = Callable[[str], None]
# How often (seconds) a starting program is asked whether it is ready.
PROBE_EVERY = 0.15
EXCERPT = 25
# A killed process ends at once; only a disk that hangs makes it take this long (seconds).
GONE_WITHIN = 5.0
# How long (seconds) one that is started again waits for a need that is being started again too.
NEEDS_WITHIN = 10.0


class State(StrEnum):
    """Where a process is in its life."""

    waiting = "waiting"
    starting = "starting"
    ready = "ready"
    restarting = "restarting"
    stopping = "stopping"
    stopped = "stopped"
    failed = "failed"
    done = "done"


UP = frozenset({State.ready, State.done})
COMING = frozenset({State.starting, State.restarting})


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a process sees of the others: its supervisor is told of a new pid, and knows which needs are not ready."""

    pid_changed: Callable[[], None]
    away: Callable[[Unit], Mapping[str, State]]


class Process:
    """A unit's present process.

    Until `settle` a death before readiness is a failure; afterwards every death is answered by a new start.
    """

    def __init__(
        self, unit: Unit, *, log: Path, announce: Announce, look: Look, backoff: Callable[[], Backoff] = Backoff
    ) -> None:
        self.unit = unit
        self.log = log
        self.state = State.waiting
        self.restarts = 0
        self.pid: int | None = None
        self._announce = announce
        self._look = look
        self._backoff = backoff
        # Which of its needs were away when its present life began.
        self.born_without: frozenset[str] = frozenset()
        self._wanted = False
        self._settled = False
        self._moved = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._exit_code: int | None = None
        self._problem: Problem | None = None

    def settle(self) -> None:
        """The platform has started: from now on a death is answered by a new start."""
        self._settled = True

    def start(self) -> None:
        """Begin its life; nothing happens when it is alive."""
        if self._life is not None and not self._life.done():
            return
        self._wanted, self._problem = True, None
        self._set(State.starting)
        self._life = asyncio.create_task(self._live(), name=self.unit.name)

    async def wait_until(self, *states: State, within: float) -> None:
        """Wait for one of the states. Raises Problem when it failed, or when the time (seconds) is over."""
        try:
            async with asyncio.timeout(within):
                while self.state not in states:
                    if self._problem is not None:
                        raise self._problem
                    await self._moved.wait()
        except TimeoutError:
            cause = f"{self.unit.name} is still {self.state.value} after {within:.0f} s"
            raise self._problem_of(cause) from None

    async def stop(self, at_most: float = math.inf) -> None:
        """Ask it to stop, wait (seconds), kill it when it does not. It stays stopped until it is started."""
        within = min(self.unit.stop_within, at_most)
        self._wanted = False
        if self._life is None or self._life.done():
            self._set(State.done if self.state is State.done else State.stopped)
            return
        self._set(State.stopping)
        # A frozen process could not hear the request.
        self.thaw()
        self._signal(self.unit.stop_signal)
        _, late = await asyncio.wait({self._life}, timeout=within)
        if late:
            self._announce(f"{self.unit.name} did not stop within {within:.1f} s and was killed")
            self.kill()
            await asyncio.wait({self._life}, timeout=GONE_WITHIN)

    def kill(self) -> None:
        """SIGKILL to it and everything it started."""
        self._signal_group(signal.SIGKILL)

    async def die(self) -> None:
        """As `kill`, and wait until it is gone."""
        pid = self.pid
        self.kill()
        async with asyncio.timeout(GONE_WITHIN):
            while pid is not None and self.pid == pid:
                await self._moved.wait()

    def freeze(self) -> None:
        """Halt it where it stands (SIGSTOP): alive, but silent."""
        self._signal_group(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal_group(signal.SIGCONT)

    async def _live(self) -> None:
        backoff = self._backoff()
        while self._is_wanted():
            born = time.monotonic()
            was_ready = await self._live_once()
            if not self._is_wanted():
                break
            if self.unit.once and self._exit_code == 0:
                self._set(State.done)
                return
            if self.unit.once or not (was_ready or self._settled):
                self._fail()
                return
            await self._pause(backoff.after(time.monotonic() - born))
        self._set(State.stopped)

    def _is_wanted(self) -> bool:
        return self._wanted

    async def _live_once(self) -> bool:
        """From the start of a process to its end; returns whether it was ready in between."""
        self._set(State.starting)
        try:
            process = await self._spawn()
        except (OSError, Problem) as error:
            self._exit_code = None
            self._problem = error if isinstance(error, Problem) else None
            logs.append(self.log, f"could not be started: {error}")
            return False
        watch = asyncio.create_task(self._watch_ready())
        self._exit_code = await process.wait()
        was_ready = watch.done()
        watch.cancel()
        # Whatever it has started must not outlive it.
        self._signal_group(signal.SIGKILL)
        self.pid = None
        self._look.pid_changed()
        return was_ready

    async def _spawn(self) -> asyncio.subprocess.Process:
        self.born_without = frozenset(self._look.away(self.unit))
        late: Mapping[str, str] = await self.unit.prepare() if self.unit.prepare else {}
        process = await spawn(self.unit, late, self.log)
        self.pid = process.pid
        self._look.pid_changed()
        if not self._wanted:
            self._signal(self.unit.stop_signal)
        return process

    async def _watch_ready(self) -> None:
        if self.unit.ready is None:
            return
        while not await holds(self.unit.ready):  # noqa: ASYNC110 - another program cannot set our event
            await asyncio.sleep(PROBE_EVERY)
        if self.state is State.starting:
            self._set(State.ready)

    async def _pause(self, delay: float) -> None:
        self.restarts += 1
        self._set(State.restarting)
        self._announce(f"{self.unit.name} {self._end()}; it is started again in {delay:.1f} s")
        await self._rest(delay)
        ends = time.monotonic() + NEEDS_WITHIN
        while self._is_wanted() and COMING & set(self._look.away(self.unit).values()) and time.monotonic() < ends:
            await self._rest(PROBE_EVERY)

    async def _rest(self, seconds: float) -> None:
        """Sleep, but not when it is asked to stop meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._is_wanted():
                    await self._moved.wait()

    def _fail(self) -> None:
        self._problem = self._problem or self._problem_of(f"{self.unit.name} {self._end()} before it was ready")
        self._set(State.failed)

    def _end(self) -> str:
        if self._exit_code is None:
            return "could not be started"
        if self._exit_code < 0:
            return f"was killed by {signal.Signals(-self._exit_code).name}"
        return f"ended with code {self._exit_code}"

    def _problem_of(self, cause: str) -> Problem:
        remedy = f"Put right what its log says ({self.log}) and start again."
        return Problem(f"{cause}.", remedy, logs.last_lines(self.log, EXCERPT))

    def _set(self, state: State) -> None:
        self.state = state
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _signal_group(self, number: signal.Signals) -> None:
        # It was started as the leader of a session, so its process id is its group's.
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)
