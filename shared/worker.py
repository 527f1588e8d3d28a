"""Background work of a process: a loop that does what is due, waits, and survives its own failures."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from shared.errors import DomainError

logger = logging.getLogger(__name__)


class Stuck(Exception):
    """Work that cannot go on until a person acts; the text says what to do."""


class Quiet:
    """Keeps a failure that repeats every second from filling the log: one complaint per `seconds`."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._last: float | None = None

    def may_speak(self) -> bool:
        """Whether it is time to complain (again)."""
        now = time.monotonic()
        if self._last is not None and now - self._last < self._seconds:
            return False
        self._last = now
        return True


@dataclass(frozen=True, kw_only=True)
class Worker:
    """`work` does all that is due now; it runs every `every` seconds, at once after `wake` was set, and again after a failure.

    Up to `spread` seconds more, at random, keep replicas and services from working in step.
    """

    name: str
    work: Callable[[], Awaitable[object]]
    every: float
    spread: float = 0.0
    wake: asyncio.Event | None = None


@asynccontextmanager
async def run_workers(workers: Sequence[Worker]) -> AsyncIterator[None]:
    """Run `workers` for the length of the block; at its end they are cancelled wherever they wait."""
    tasks = [asyncio.create_task(_forever(worker), name=f"worker {worker.name}") for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _forever(worker: Worker) -> None:
    quiet = Quiet()
    wake = worker.wake or asyncio.Event()
    while True:
        wake.clear()
        try:
            await worker.work()
        except Exception as error:  # noqa: BLE001 - background work goes on whatever happened
            if quiet.may_speak():
                _complain(worker.name, error)
        with suppress(TimeoutError):
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(worker.every + random.uniform(0, worker.spread)):  # noqa: S311 - jitter
                await wake.wait()


def _complain(name: str, error: Exception) -> None:
    if isinstance(error, Stuck):
        logger.critical("%s has stopped: %s", name, error)
    elif isinstance(error, DomainError):
        logger.warning("%s failed and is tried again: %s", name, error)
    else:
        logger.error("%s failed and is tried again", name, exc_info=error)
