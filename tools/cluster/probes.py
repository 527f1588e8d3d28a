"""Further questions to a starting node: HTTPS, and sockets in the file system."""

import asyncio
import ssl
from pathlib import Path

from tools.local.ports import LOOPBACK
from tools.local.probes import Probe


def https_ok(port: int, path: str, anchor: Path, host: str = LOOPBACK) -> Probe:
    """GET answers 2xx, under a certificate of this authority."""

    async def probe() -> bool:
        context = ssl.create_default_context(cafile=str(anchor))
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            status = (await reader.readline()).split(b" ")
            return len(status) > 1 and status[1].startswith(b"2")
        finally:
            writer.transport.abort()

    return probe


def listens_at(path: Path) -> Probe:
    """A connection to this unix socket is accepted."""

    async def probe() -> bool:
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.close()
        return True

    return probe
