"""A loop whose time passes by waiting alone: a minute of waiting takes a millisecond, and no machine is too slow for it."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Impatient(selectors.DefaultSelector):
    """Waits for nothing and says that it has."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits for what nobody will do"
        self.waited += timeout
        return super().select(0)


class HurriedLoop(asyncio.SelectorEventLoop):
    """For what waits for timers and other tasks only, not for sockets, threads or processes."""

    def __init__(self) -> None:
        self._impatient = Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.waited


def hurry(story: Coroutine[Any, Any, T]) -> T:
    """What `story` returns, on a loop of its own that begins at 0 s."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(story)


def at(seconds: float) -> datetime:
    """The time of day when the loop's clock is at `seconds`."""
    return NOON + timedelta(seconds=seconds)


def now() -> datetime:
    """The time of day by the running loop's clock."""
    return at(asyncio.get_running_loop().time())
