"""Operations that can be stopped between any two steps, resumed in any order, and killed where they stand.

A coroutine runs from one suspension to the next. Behind each suspension stands a gate: whoever drives the flight decides
who goes next, and at the n-th gate the operation's process may die. Dying is kill -9 as a database sees it: first every
connection of the process is cut and no new one can be made, then everything the process was doing is thrown out of the
air. Its `finally` blocks do run in this Python, but nothing they do can reach anybody.
"""

import asyncio
from collections.abc import Coroutine, Generator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, count, repeat
from typing import Any, Protocol

STUCK_SECONDS = 0.02  # who has not come to its next gate by then waits for a lock that another flight holds
LANDED_SECONDS = 20


class Killed(asyncio.CancelledError):
    """Unwinds what a dead process was doing; drivers that were just connecting close their half-open sockets on it."""


class Process(Protocol):
    """What can die: `die` cuts every connection at once, and nothing of the process is heard again."""

    @property
    def alive(self) -> bool: ...

    def die(self) -> None: ...


class Flight:
    """One operation of a process. `dies_at` is the number of the suspension, from 1, behind which its process dies."""

    def __init__(self, work: Coroutine[Any, Any, None], process: Process, *, dies_at: int | None, alone: bool) -> None:
        self._work = work
        self._process = process
        self._dies_at = dies_at
        self._alone = alone
        self._gates = 0
        self._gate: asyncio.Future[None] | None = None
        self._stopped = asyncio.Event()
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _: self._stopped.set())

    @property
    def landed(self) -> bool:
        """Whether it is over, one way or the other."""
        return self._task.done()

    @property
    def at_gate(self) -> bool:
        """Whether it can be moved."""
        return self._gate is not None

    async def move(self) -> bool:
        """Open the gate and wait for the next one. False if it did not come there: it landed, or it waits for another."""
        gate, self._gate = self._gate, None
        self._stopped.clear()
        if gate is not None:
            gate.set_result(None)
        with suppress(TimeoutError):
            async with asyncio.timeout(STUCK_SECONDS):
                await self._stopped.wait()
        return self.at_gate

    async def stopped(self) -> None:
        """Wait until it stands at a gate or has landed."""
        await self._stopped.wait()

    def result(self) -> None:
        """Raise what the operation of a live process raised."""
        self._task.result()

    async def _run(self) -> None:
        try:
            await self
        except BaseException:
            if self._process.alive:
                raise

    def __await__(self) -> Generator[Any, None, None]:
        move = partial(self._work.send, None)
        killed = False
        while True:
            if not self._process.alive and not killed:
                killed = True
                move = partial(self._work.throw, Killed())
            try:
                waits_for = move()
            except StopIteration:
                return
            move = partial(self._work.send, None)
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001 - handed on to the operation
                move = partial(self._work.throw, error)
            if not killed:
                yield from self._pass_gate()

    def _pass_gate(self) -> Generator[Any, None, None]:
        if not self._alone and self._process.alive:
            self._gate = asyncio.get_running_loop().create_future()
            self._stopped.set()
            yield from self._gate
        self._gates += 1
        if self._gates == self._dies_at:
            self._process.die()


async def land(flights: Sequence[Flight], turns: Sequence[tuple[int, int]]) -> None:
    """Move the flights, one at a time, until all have landed. Raises what they raise.

    A turn is (whom, how many gates); after those that are given it goes round, gate by gate.
    """
    drawn = chain(turns, zip(count(), repeat(1)))
    async with asyncio.timeout(LANDED_SECONDS):
        while flying := [flight for flight in flights if not flight.landed]:
            ready = [flight for flight in flying if flight.at_gate]
            if not ready:
                await _any_stopped(flying)
                continue
            whom, gates = next(drawn)
            flight = ready[whom % len(ready)]
            for _ in range(gates):
                if not await flight.move():
                    break
    for flight in flights:
        flight.result()


async def _any_stopped(flights: Sequence[Flight]) -> None:
    waits = [asyncio.create_task(flight.stopped()) for flight in flights]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
