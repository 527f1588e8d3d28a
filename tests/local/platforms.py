"""Starts the supervisor over the echo services, and looks at what runs and what is left."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from tools.local.control import Control
from tools.local.credentials import ensure_credentials
from tools.local.launch import launched
from tools.local.site import ROOT
from tools.toolchain import programs

ECHO = Path(__file__).with_name("echo.dapr.yaml")
# What these tests do not look at: the rest starts in three seconds.
LEAN = ("--without=zipkin", "--without=maildev", "--without=stripe", "--without=migrations", "--without=collector")
DEADLINE = 20.0


@asynccontextmanager
async def echo_platform(*options: str, home: Path | None = None) -> AsyncIterator[Control]:
    """Two echo services under the policies of auth and learning, their sidecars, PostgreSQL, Redis, the gateway."""
    async with launched(f"--file={ECHO}", *LEAN, *options, home=home, within=60) as control:
        yield control


def echo_file(path: Path, *words: str, root: Path = ROOT) -> Path:
    """A copy of the echo services' dapr.yaml over the code in `root`; services get further words on their command lines."""
    text = ECHO.read_text().replace("tests.local.echo]", ", ".join(["tests.local.echo", *words]) + "]")
    text = text.replace("../../components", str(root / "components")).replace(
        "appDirPath: ../..", f"appDirPath: {root}"
    )
    path.write_text(text)
    return path


def up(home: Path, base: int, *options: str) -> subprocess.Popen[str]:
    """The supervisor as a child, with its output to read."""
    command = [sys.executable, "-m", "tools.local", "up", f"--home={home}", f"--port-base={base}", *LEAN, *options]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def family(home: Path, base: int) -> list[psutil.Process]:
    """Every process of the instance with this folder and these ports: the supervisor and all it started."""
    return [process for process in psutil.process_iter() if _belongs(process, str(home), f"http://localhost:{base}")]


def _belongs(process: psutil.Process, home: str, url: str) -> bool:
    try:
        named = any(home in word for word in process.cmdline())
        # Redis overwrites its command line, and works below the home.
        return named or Path(process.cwd()).is_relative_to(home) or process.environ().get("CODEZEST_PUBLIC_URL") == url
    except psutil.Error:
        return False


async def eventually(question: Callable[[], Awaitable[bool]], within: float = DEADLINE) -> None:
    """Waits until the answer is yes; TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while not await question():  # noqa: ASYNC110 - other programs set no event of ours
            await asyncio.sleep(0.05)


async def get(control: Control, path: str, **request: Any) -> httpx.Response:
    """GET (or another method) at the gateway."""
    method = request.pop("method", "GET")
    ports = await control.ports()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['gateway']}", timeout=10) as client:
        return await client.request(method, path, **request)


async def query(control: Control, statement: str) -> list[asyncpg.Record]:
    """What PostgreSQL answers to its administrator."""
    password = ensure_credentials(control.home, ()).admin["postgres-password"]
    port = (await control.ports())["postgres"]
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user="postgres", password=password, database="postgres", timeout=10
    )
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def through_sidecar(control: Control, app: str, path: str, **request: Any) -> httpx.Response:
    """What the sidecar of `app` answers to its app."""
    return await get(control, f"/api/{app}/sidecar", params={"path": path}, **request)


async def redis(platform: Control, *command: str) -> str:
    """What a running platform's Redis answers to its administrator."""
    port = (await platform.ports())["redis"]
    password = json.loads(platform.home.secrets_file.read_text())["redis-password"]
    done = await asyncio.create_subprocess_exec(
        programs.ensure("redis-cli"),
        *("-h", "127.0.0.1", "-p", str(port), *command),
        env={**os.environ, "REDISCLI_AUTH": password},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(10):
        output, _ = await done.communicate()
    return output.decode().strip()
