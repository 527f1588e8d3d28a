import asyncio
from collections.abc import Awaitable, Callable

SECONDS = 20.0


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until it is so; fails after 20 s."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SECONDS
    while not await condition():
        assert loop.time() < deadline, f"waited {SECONDS:g} s in vain for {what}"
        await asyncio.sleep(0.02)
