"""A service that is told to stop lets go of its connections, finishes what is under way and takes nothing new."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest
import uvicorn

from shared.http.serve import DrainingServer
from tests.running import Running
from tests.shared.edged import EDGED, edged
from tests.shared.probe import until

pytestmark = pytest.mark.thorough

DRAIN_SECONDS = 3.0
BODY = b'{"thing": 1}'
ITEM = f"GET {EDGED}/items/42 HTTP/1.1\r\nhost: x\r\n\r\n".encode()
UPLOAD = (
    f"POST {EDGED}/things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
).encode()


class Connection:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        """Send some bytes."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> bytes:
        """The head of the next answer; its body is read, too."""
        async with asyncio.timeout(20):
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            await self._reader.readexactly(int(length.partition(b":")[2]))
        return head

    async def ends(self) -> bool:
        """Whether the server has closed it, waited for."""
        async with asyncio.timeout(20):
            return await self._reader.read(1) == b""


class Unsignalled(DrainingServer):
    """Leaves the process's signals to the test run: uvicorn would raise those that it handled again, for its parent."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn.Server."""
        yield


class Served:
    """A server on a port that the kernel chose."""

    def __init__(self, run: Running) -> None:
        config = uvicorn.Config(
            run.app, port=0, http="httptools", lifespan="off", log_config=None, timeout_graceful_shutdown=30
        )
        self.server = Unsignalled(config, run.app.state.readiness, DRAIN_SECONDS)
        self.opened: list[asyncio.StreamWriter] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return port

    async def connect(self, port: int) -> Connection:
        """A new connection; OSError if none is taken."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self.opened.append(writer)
        return Connection(reader, writer)


@asynccontextmanager
async def serving(run: Running) -> AsyncIterator[tuple[Served, "asyncio.Task[None]"]]:
    served = Served(run)
    task = asyncio.create_task(served.server.serve())

    async def started() -> bool:
        return served.server.started

    try:
        await until(started, "the server listens")
        yield served, task
    finally:
        for writer in served.opened:
            writer.close()
        served.server.should_exit = True
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def run(database_url: str) -> AsyncIterator[Running]:
    async with edged(database_url) as run:
        yield run


async def test_a_stop_lets_go_of_idle_connections_and_finishes_what_is_under_way(run: Running) -> None:
    async with serving(run) as (served, task):
        port = served.port
        idle, uploading = await served.connect(port), await served.connect(port)
        await idle.send(ITEM)
        assert b"connection: close" not in await idle.answer()
        await uploading.send(UPLOAD + BODY[:5])
        served.server.handle_exit(signal.SIGTERM, None)
        await idle.send(ITEM)  # within the grace: the proxy has not noticed yet
        head = await idle.answer()
        assert head.startswith(b"http/1.1 200")
        assert b"connection: close" in head
        assert await idle.ends()
        assert (await run.client.get("/readyz")).status_code == 503

        async def refused() -> bool:
            try:
                await served.connect(port)
            except OSError:
                return True
            return False

        await until(refused, "new connections are refused")
        assert not task.done()
        await uploading.send(BODY[5:])
        assert (await uploading.answer()).startswith(b"http/1.1 200")
        assert await uploading.ends()
        async with asyncio.timeout(20):
            await task


async def test_garbage_is_collected_again_from_when_it_serves(run: Running) -> None:
    gc.disable()
    try:
        async with serving(run):
            assert gc.isenabled()
    finally:
        gc.enable()
