"""A lease on a row, kept by a heartbeat while its holder works: who is slow keeps it, who died loses it within seconds.

Losing it is told to the holder, but only as a courtesy: whoever was frozen hears nothing in time. What protects the row
is that results are recorded only while it still bears the holder's token.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=5)  # how long the row of a dead holder waits
RENEWED = 1 / 3  # of a lease after the last renewal, so that one may fail and be tried again
TRIED_AGAIN = 1 / 10  # of a lease after a renewal that failed


class LeaseLost(Exception):
    """The row is somebody else's by now, or may be."""


@asynccontextmanager
async def kept(renew: Callable[[], Awaitable[bool]], *, lease: timedelta = LEASE) -> AsyncIterator[None]:
    """Keep a lease that was taken just now for the length of the block.

    `renew` lengthens it to `lease` from now; False says that somebody else has it. A renewal that raises is tried again
    until the lease has run out. Raises LeaseLost, the block cancelled wherever it waits, once the lease is lost.
    """
    seconds = lease.total_seconds()
    life = asyncio.timeout(seconds)
    try:
        async with life:
            heart = asyncio.create_task(_beat(renew, life, seconds), name="heartbeat")
            try:
                yield
            finally:
                heart.cancel()
                await asyncio.gather(heart, return_exceptions=True)
    except TimeoutError:
        if not life.expired():
            raise  # the block's own
        raise LeaseLost from None


async def _beat(renew: Callable[[], Awaitable[bool]], life: asyncio.Timeout, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    pause = seconds * RENEWED
    while not life.expired():
        await asyncio.sleep(pause)
        at = loop.time()
        try:
            async with asyncio.timeout(seconds * RENEWED):  # a connection that hangs is not the last try
                mine = await renew()
        except Exception as error:  # noqa: BLE001 - whatever it is, the lease still stands: good work goes on
            logger.warning("a lease was not renewed and is tried again: %s", type(error).__name__)
            pause = seconds * TRIED_AGAIN
            continue
        if not life.expired():
            life.reschedule(at + seconds if mine else at)
        pause = seconds * RENEWED
