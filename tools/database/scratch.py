"""A PostgreSQL of its own for tests and for writing migrations: fresh, fast, loopback only, gone at the end."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from tools.local.postgres import as_another_user, create_cluster
from tools.toolchain import programs

READY_SECONDS = 30
STOP_SECONDS = 10

# Nothing here outlives a crash, so nothing needs to reach the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@contextmanager
def scratch_postgres(settings: Mapping[str, str] = FAST) -> Iterator[str]:
    """Run a server for the length of the block; yields its administrator's URL. TimeoutError if it does not start."""
    binary = programs.ensure("postgres")
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory(prefix="codezest-postgres-") as name:
        folder = Path(name) / "server"
        asyncio.run(create_cluster(folder, binary.with_name("initdb"), password))
        port = _free_port()
        options = {**settings, "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
        arguments = [str(binary), "-D", str(folder / "data"), *(f"-c{key}={value}" for key, value in options.items())]
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", *as_another_user(folder), "--", *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C"},
            )
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        try:
            _wait_until_it_answers(url, folder / "server.log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(STOP_SECONDS)


def _wait_until_it_answers(url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not asyncio.run(_answers(url)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL did not start in {READY_SECONDS} s:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
