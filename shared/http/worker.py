"""Background work of a service: a loop that does what is due, waits, and survives its own failures."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from shared.bus.quiet import Quiet

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Worker:
    """`work` does all that is due now; it runs every `every` seconds, at once after `wake` was set, and again after a failure."""

    name: str
    work: Callable[[], Awaitable[object]]
    every: float
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
        except Exception:
            if quiet.may_speak():
                logger.exception("%s failed and is tried again", worker.name)
        with suppress(TimeoutError):
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(worker.every):
                await wake.wait()
