"""What every replica follows for itself, so that caches in its memory never rely on having received an event."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared.bus.cursors import Cursors, LaneId
from shared.bus.envelope import Envelope
from shared.bus.source import Source
from shared.worker import Worker

EVERY, SPREAD = 0.25, 0.25  # seconds

Load = Callable[[], Awaitable[None]]


class Tail(Protocol):
    """Something to follow; a composition root names it in its Wiring."""

    def worker(self, source: Source, cursors: Cursors, /) -> Worker:
        """The work that follows it."""
        ...


class OwnLogTail:
    """Follows this service's own log: `load` is awaited first (and again in a new epoch), then `heard` with every event that follows.

    What `load` reads is at least as new as the place from which events are heard; some may be in both.
    """

    def __init__(self, *, load: Load, heard: Callable[[Sequence[Envelope]], Awaitable[None]]) -> None:
        self._load = load
        self._heard = heard
        self._position: int | None = None
        self._epoch = ""

    def worker(self, source: Source, _cursors: Cursors) -> Worker:
        """See Tail."""

        async def follow() -> None:
            while True:
                if self._position is None:
                    start = await source.read(after=await source.head())
                    await self._load()
                    self._position, self._epoch = start.head, start.epoch
                page = await source.read(after=self._position)
                if page.epoch != self._epoch:  # the database was restored or promoted: what was heard may not have been
                    self._position = None
                elif page.events:
                    await self._heard(page.events)
                    self._position = page.events[-1].position
                else:
                    return

        return Worker(name=f"following the log of {source.service}", work=follow, every=EVERY, spread=SPREAD)


class ProjectionTail:
    """Follows what handlers of `of`'s events write: `changed(after)` is awaited with the version up to which it has seen
    all; rows stamped with a higher `Delivery.version` are new. The first call, with 0, loads everything.
    """

    def __init__(self, *, of: str, changed: Callable[[int], Awaitable[None]]) -> None:
        self._of = of
        self._changed = changed
        self._version: int | None = None

    def worker(self, source: Source, cursors: Cursors) -> Worker:
        """See Tail."""
        lane = LaneId(consumer=source.service, source=self._of)

        async def follow() -> None:
            version = (await cursors.read(lane)).version - 1  # what the last commit carried
            if version != self._version:
                await self._changed(self._version or 0)
                self._version = version

        return Worker(
            name=f"following what {self._of} changes in {source.service}", work=follow, every=EVERY, spread=SPREAD
        )
