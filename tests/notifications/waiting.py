"""Waiting for a condition, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(find: Callable[[], Awaitable[T]], what: str, *, seconds: float = 20.0) -> T:
    """The first true answer of `find`. AssertionError, naming `what` was waited for, after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := await find()):
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds:g} s for {what}"
        await asyncio.sleep(0.01)
    return found
