"""Questions that tell whether a program does its work yet. Each answers within two seconds; any error means "not yet"."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from tools.local.ports import LOOPBACK

Probe = Callable[[], Awaitable[bool]]
PATIENCE = 2.0


def http_ok(port: int, path: str) -> Probe:
    """GET answers 2xx. Spoken by hand: an HTTP client per probe would cost more than the program it asks."""

    async def probe() -> bool:
        async with _connection(port) as (reader, writer):
            request = f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            status = await reader.readline()
            return status.split(b" ")[1:2] != [] and status.split(b" ")[1].startswith(b"2")

    return probe


def listens(port: int) -> Probe:
    """A connection is accepted."""

    async def probe() -> bool:
        async with _connection(port):
            return True

    return probe


def greets(port: int, greeting: bytes) -> Probe:
    """The first line that the program says starts like this (SMTP)."""

    async def probe() -> bool:
        async with _connection(port) as (reader, _):
            return (await reader.readline()).startswith(greeting)

    return probe


def redis_answers(port: int, password: str) -> Probe:
    """Redis has loaded its data and takes the password."""

    async def probe() -> bool:
        async with _connection(port) as (reader, writer):
            writer.write(f"AUTH {password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"

    return probe


def postgres_answers(port: int, password: str) -> Probe:
    """PostgreSQL has recovered and takes the administrator's password."""

    async def probe() -> bool:
        connection = await asyncpg.connect(
            host=LOOPBACK, port=port, user="postgres", password=password, database="postgres", timeout=PATIENCE
        )
        await connection.close()
        return True

    return probe


async def holds(probe: Probe) -> bool:
    """Whether the probe says yes now."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await probe()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


@asynccontextmanager
async def _connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield reader, writer
    finally:
        writer.close()
