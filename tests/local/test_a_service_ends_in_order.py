"""SIGTERM to a service: requests under way get their time, then the lifespan ends; a start or a second signal cuts that short."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.settings import ServiceSettings
from tools.local.launch import free_ports
from tools.local.services import GRACEFUL_SECONDS, STOP_WITHIN
from tools.local.site import ROOT

pytestmark = pytest.mark.thorough

PATIENCE = 30.0
SLOW = """\
import asyncio
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shared.http.health import Readiness
from shared.settings import ServiceSettings


def create_app():
    settings, readiness = ServiceSettings(), Readiness()

    async def watch():
        while readiness.ready:
            await asyncio.sleep(0.01)
        print("is not ready any more", flush=True)

    @asynccontextmanager
    async def lifespan(app):
        print("is starting", flush=True)
        try:
            await asyncio.sleep(600 if settings.instance == "never-ready" else 0)
            readiness.ready = True
            watching = asyncio.create_task(watch())
            yield
        finally:
            print("has cleaned up", flush=True)

    app = FastAPI(lifespan=lifespan)
    app.state.settings, app.state.readiness = settings, readiness

    @app.get("/wait")
    async def wait():
        print("is waiting", flush=True)
        await asyncio.sleep(600)

    return app
"""


class Served:
    """`shared.http.serve slow` as a child. What it prints is read up to a word, or to its end."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        assert process.stdout is not None
        self._output = process.stdout

    async def says(self, words: str) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._output.readuntil(words.encode())

    async def rest(self) -> str:
        async with asyncio.timeout(PATIENCE):
            output = await self._output.read()
            await self.process.wait()
        return output.decode()

    @asynccontextmanager
    async def hanging_request(self) -> AsyncIterator[None]:
        async def connected() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            while True:
                try:
                    return await asyncio.open_connection("127.0.0.1", self.port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)

        async with asyncio.timeout(PATIENCE):
            _, writer = await connected()
        writer.write(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await self.says("is waiting")
        try:
            yield
        finally:
            writer.close()


@asynccontextmanager
async def served(folder: Path, **settings: str) -> AsyncIterator[Served]:
    """The slow service, from `folder`, with these settings."""
    source = folder / "services" / "slow" / "main.py"
    source.parent.mkdir(parents=True)
    source.write_text(SLOW)
    needed = {"CODEZEST_SERVICE": "slow", "CODEZEST_DATABASE_URL": "postgresql://nobody", "APP_API_TOKEN": "t" * 16}
    given = {f"CODEZEST_{name.upper()}": value for name, value in settings.items()}
    with free_ports() as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.http.serve", "slow"),
            cwd=ROOT,
            env={**os.environ, **needed, "PYTHONPATH": str(folder), "CODEZEST_PORT": str(port), **given},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield Served(process, port)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_a_request_that_never_ends_is_cut_and_the_lifespan_still_ends(tmp_path: Path) -> None:
    async with served(tmp_path, graceful_seconds="1", drain_seconds="0") as service, service.hanging_request():
        service.process.send_signal(signal.SIGTERM)
        output = await service.rest()
    assert "has cleaned up" in output
    assert service.process.returncode == -signal.SIGTERM


async def test_a_signal_during_the_start_ends_it_promptly(tmp_path: Path) -> None:
    async with served(tmp_path, instance="never-ready") as service:
        await service.says("is starting")
        service.process.send_signal(signal.SIGTERM)
        output = await service.rest()
    assert "slow was told to end at once" in output
    assert "has cleaned up" in output
    assert "Traceback" not in output
    assert service.process.returncode == 1


@pytest.mark.parametrize("drain", ["0", "600"], ids=["while requests end", "while proxies notice"])
async def test_a_second_signal_ends_it_promptly(tmp_path: Path, drain: str) -> None:
    async with (
        served(tmp_path, graceful_seconds="600", drain_seconds=drain) as service,
        service.hanging_request(),
    ):
        service.process.send_signal(signal.SIGTERM)
        await service.says("is not ready any more")
        service.process.send_signal(signal.SIGTERM)
        output = await service.rest()
    assert "has cleaned up" in output


def test_what_the_supervisor_allows_is_enough_for_all_of_it() -> None:
    draining = ServiceSettings.model_fields["drain_seconds"].default
    assert draining + GRACEFUL_SECONDS + 1 <= STOP_WITHIN
