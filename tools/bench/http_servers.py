"""The servers of the HTTP benchmark, each a process of its own on the one core kept free for whoever is measured."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tools.bench.http_load import Answers, Load
from tools.bench.rivals import BIN, GUARD
from tools.local.ports import LOOPBACK
from tools.local.probes import http_ok

WITHIN = 60.0
STOP_WITHIN = 10.0
CONNECTIONS = 16
PEERS = "tools.bench.peers"
UVICORN = (
    "-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header",
    "--log-level", "warning", "--host", LOOPBACK, "--port", "{port}",
)  # fmt: skip
SERVICE = (sys.executable, "-m", "shared.http.serve", "learning")
UNCLAD = (sys.executable, *UVICORN, "--factory", f"{PEERS}.http_unclad:create_app")
BARE = (sys.executable, *UVICORN, f"{PEERS}.http_bare:app")
TEXTBOOK = (sys.executable, *UVICORN, f"{PEERS}.http_textbook:app")
DJANGO = (
    str(BIN / "gunicorn"), "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--keep-alive", "95",
    "--log-level", "error", "--bind", f"{LOOPBACK}:{{port}}", f"{PEERS}.django_site.wsgi:application",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cores:
    """Who runs where: the server that is measured alone on one, everything else on the others."""

    server: set[int]
    others: set[int]

    @classmethod
    def of_this_machine(cls) -> "Cores":
        """The first core for the server. With a single one all share it."""
        first, *rest = sorted(os.sched_getaffinity(0))
        return cls(server={first}, others=set(rest) or {first})

    def keep_free(self, supervisor: int) -> None:
        """Move this process, and a platform with all that it started, away from the server's core."""
        parent = psutil.Process(supervisor)
        for process in (psutil.Process(), parent, *parent.children(recursive=True)):
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                with suppress(ProcessLookupError):
                    os.sched_setaffinity(int(task.name), self.others)


@asynccontextmanager
async def serving(
    command: tuple[str, ...], port: int, environment: Mapping[str, str], *, ready: str, cores: Cores
) -> AsyncIterator[None]:
    """A server for the length of the block; what it said is shown if it does not start. TimeoutError then."""
    there = ("taskset", "--cpu-list", ",".join(map(str, cores.server)))
    filled = [part.format(port=port) for part in command]
    with tempfile.TemporaryFile("w+") as output:
        server = subprocess.Popen(  # noqa: ASYNC220 - it is only forked here; its start is awaited below
            (*GUARD, *there, *filled), env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            await _until_ready(server, port, ready)
            yield
        except BaseException:
            output.seek(0)
            print(output.read()[-4000:], file=sys.stderr)
            raise
        finally:
            await asyncio.to_thread(_end, server)


async def _until_ready(server: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    probe = http_ok(port, path)
    async with asyncio.timeout(WITHIN):
        while True:
            if server.poll() is not None:
                raise ChildProcessError(f"the server for {path} ended with {server.returncode} instead of serving")
            with suppress(OSError):
                if await probe():
                    return
            await asyncio.sleep(0.1)


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(5)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to ask for the list: which server, which path, as whom; and the status and length an answer must have."""

    name: str
    port: int
    path: str
    headers: Mapping[str, str]
    status: int = 200

    async def rate(self, seconds: float, *, warm_up: float = 0.3) -> Answers:
        """Answers a second. AssertionError for any answer with another status: a rate of those means nothing."""
        load = Load(
            port=self.port, path=self.path, headers=dict(self.headers), connections=CONNECTIONS,
            warm_up=warm_up, seconds=seconds,
        )  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tools.bench.http_load", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        async with asyncio.timeout(seconds + WITHIN):
            out, _ = await process.communicate(json.dumps(asdict(load)).encode())
        if process.returncode:
            raise ChildProcessError(f"asking {self.name} failed; the reason is above")
        answers = Answers(**json.loads(out))
        if set(answers.statuses) != {str(self.status)}:
            raise AssertionError(f"{self.name} answered {answers.statuses}, not {self.status} alone")
        return answers
