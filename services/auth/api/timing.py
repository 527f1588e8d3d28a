"""How long an answer takes must not tell what it does not say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

ANSWERED_AFTER = 0.1  # seconds


@asynccontextmanager
async def unhurried() -> AsyncIterator[None]:
    """What is inside takes a tenth of a second at least: an address with an account takes a few milliseconds more to note."""
    enough = asyncio.create_task(asyncio.sleep(ANSWERED_AFTER))
    try:
        yield
    finally:
        await enough
