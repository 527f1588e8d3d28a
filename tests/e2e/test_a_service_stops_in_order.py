"""Stopping a service that has a request which never ends: it is cut in time for the service to end in order."""

import asyncio

import pytest

from tools.local import logs
from tools.local.control import Control

pytestmark = pytest.mark.platform

UNFINISHED = b"POST /api/auth/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


async def test_a_request_that_never_ends_does_not_get_its_service_killed(platform: Control) -> None:
    port = (await platform.ports())["auth-1"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(UNFINISHED)
        await writer.drain()
        await platform.stop("auth-1")
        async with asyncio.timeout(10):
            await reader.read()  # to the end of the connection
    finally:
        writer.close()
        await platform.start("auth-1")
        await platform.wait_ready("auth-1")
    said = logs.last_lines(platform.home.logs / "supervisor.log", 20)
    assert [line for line in said if "auth-1 did not stop" in line] == []
