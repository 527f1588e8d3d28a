"""Connections through the cluster's doors behave as if there were no door."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tools.cluster.relay import relay

LARGE = 5_000_000


@asynccontextmanager
async def door(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through a relay to a port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = await relay(listener, "127.0.0.1", port)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()
        await server.wait_closed()


async def test_much_goes_both_ways_and_the_end_of_one_is_not_the_end_of_the_other() -> None:
    async def answer_when_all_is_said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(-1)
        writer.write(said[::-1])
        await writer.drain()
        writer.close()

    far = await asyncio.start_server(answer_when_all_is_said, "127.0.0.1", 0)
    said = bytes(range(256)) * (LARGE // 256)
    async with asyncio.timeout(20), door(far.sockets[0].getsockname()[1]) as (reader, writer):
        writer.write(said)
        writer.write_eof()
        assert await reader.read(-1) == said[::-1]
    far.close()


async def test_a_caller_is_cut_off_when_nobody_is_behind_the_door() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    async with asyncio.timeout(5), door(port) as (reader, _):
        with suppress(ConnectionResetError):
            assert await reader.read(1) == b""


async def test_a_caller_that_breaks_off_frees_the_far_side() -> None:
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionResetError):
            await reader.read(-1)
        writer.close()
        ended.set()

    far = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with asyncio.timeout(5), door(far.sockets[0].getsockname()[1]) as (_, writer):
        writer.write(b"half a requ")
        await writer.drain()
        writer.transport.abort()
        await ended.wait()
    far.close()
