"""The queue of passes: each CodeZest at most once in it and never twice at work; what fails waits ever longer."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from httpx2 import HTTPError

from codezest_operator.domain.ports import Key, LeaderLost

FIRST, LONGEST = 1.0, 300.0
# Several events of one change come within moments; one pass answers them all.
GATHER = 0.2
LOOK_AGAIN = 10.0  # the shortest spec.interval
LOG = logging.getLogger(__name__)


@dataclass
class Entry:
    """When a CodeZest is due by the monotonic clock, whether all of it is looked at, and how often it failed in a row."""

    due: float
    full: bool = True
    failures: int = 0
    working: float | None = None


@dataclass
class Queue:
    """Passes to be made. `work(key, full)` makes one and says when the next is due, or None if the CodeZest is gone."""

    work: Callable[[Key, bool], Awaitable[timedelta | None]]
    entries: dict[Key, Entry] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: bool = False

    def add(self, key: Key, *, full: bool) -> None:
        """Have a pass soon, because something has happened."""
        due = time.monotonic() + GATHER
        entry = self.entries.setdefault(key, Entry(due=due))
        entry.due, entry.full = min(entry.due, due), entry.full or full
        self._changed.set()

    def close(self) -> None:
        """Begin no further pass."""
        self._closed = True
        self._changed.set()

    @property
    def overdue(self) -> float:
        """For how many seconds the longest waiting one has been due."""
        now = time.monotonic()
        return max([now - one.due for one in self.entries.values() if one.working is None], default=0.0)

    @property
    def working(self) -> int:
        """How many passes are at work."""
        return len([one for one in self.entries.values() if one.working is not None])

    @property
    def at_work(self) -> float:
        """For how many seconds the longest pass has been at work."""
        now = time.monotonic()
        return max([now - one.working for one in self.entries.values() if one.working is not None], default=0.0)

    async def serve(self) -> None:
        """One worker: pass after pass until the queue is closed. LeaderLost ends it."""
        while not self._closed:
            found = self._next()
            if found is not None:
                await self._pass(*found)
                continue
            dues = [one.due for one in self.entries.values() if one.working is None]
            self._changed.clear()
            try:
                async with asyncio.timeout(max(min(dues, default=time.monotonic() + 60) - time.monotonic(), 0)):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _next(self) -> tuple[Key, Entry] | None:
        due = [
            (one.due, key) for key, one in self.entries.items() if one.working is None and one.due <= time.monotonic()
        ]
        if not due:
            return None
        _, key = min(due, key=lambda pair: pair[0])
        return key, self.entries[key]

    async def _pass(self, key: Key, entry: Entry) -> None:
        full, entry.full = entry.full, False
        entry.working, entry.due = time.monotonic(), float("inf")
        try:
            pause = await self.work(key, full)
        except* LeaderLost:
            raise
        except* Exception as problems:
            entry.failures += 1
            entry.full = entry.full or full
            seconds = min(FIRST * 2 ** (entry.failures - 1), LONGEST)
            told = {"codezest": str(key), "again_in": seconds, "error": _told(problems)}
            LOG.warning("A pass failed", extra=told, exc_info=not _is_outsides(problems))
            entry.due = min(entry.due, time.monotonic() + seconds)
        else:
            entry.failures = 0
            self._after(key, entry, pause)
        finally:
            entry.working = None
            self._changed.set()

    def _after(self, key: Key, entry: Entry, pause: timedelta | None) -> None:
        if pause is None:
            if entry.due == float("inf"):
                self.entries.pop(key, None)
            return
        seconds = pause.total_seconds()
        entry.due = min(entry.due, time.monotonic() + seconds)
        # What is due only after its whole interval is looked at thoroughly.
        entry.full = entry.full or seconds >= LOOK_AGAIN


def _is_outsides(problems: BaseExceptionGroup[BaseException]) -> bool:
    """Whether all of it came from the API server or the way to it: where in our code it arrived says nothing then."""
    return problems.subgroup(lambda one: not isinstance(one, (HTTPError, OSError))) is None


def _told(problems: BaseExceptionGroup[BaseException]) -> str:
    return "; ".join(f"{type(one).__name__}: {one}"[:300] for one in problems.exceptions)
