"""The cluster's doors on this machine: connections to a port of 127.0.0.1 end at an address that only the node has.

A listening socket stays in the network where it was made. The keeper makes it in the machine's network and hands it to
the node, whose own connections are made in the node's network: so the two are joined without any link between them.
"""

import asyncio
import socket
from contextlib import suppress

CHUNK = 256 * 1024
CONNECT_WITHIN = 10.0


async def relay(listener: socket.socket, host: str, port: int) -> asyncio.Server:
    """Begin to pass every connection on to host:port."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                far_reader, far_writer = await asyncio.open_connection(host, port, limit=CHUNK)
        except (OSError, TimeoutError):
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            for end in (writer, far_writer):
                end.close()

    return await asyncio.start_server(pass_on, sock=listener, limit=CHUNK, backlog=1024)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the one side says that nothing more comes, and say so to the other."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        # Cut off: the other direction must not wait for an answer that cannot come.
        with suppress(OSError):
            writer.transport.abort()
