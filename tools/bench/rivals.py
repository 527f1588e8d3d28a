"""The other ways to work off a backlog, each a program of its own in its recommended way, and the Redis they share."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.bench.figures import versions
from tools.local.home import write_private
from tools.local.launch import free_ports
from tools.local.ports import LOOPBACK
from tools.local.probes import holds, redis_answers
from tools.toolchain import programs

BIN = Path(sys.executable).parent
WITHIN = 120.0
# Nothing outlives a benchmark that is killed.
GUARD = ("setpriv", "--pdeathsig=TERM", "--")
REDIS = {"appendonly": "yes", "appendfsync": "everysec", "save": '""'}


@dataclass(frozen=True, kw_only=True)
class Rival:
    """`module` holds its worker and its `publish`; gate and goal are how many times as fast as it we are to be."""

    name: str
    module: str
    command: tuple[str, ...]
    packages: tuple[str, ...]
    settings: str
    rounds: int
    gate: float
    goal: float

    def __str__(self) -> str:
        return f"{self.name} ({versions(*self.packages)}): {self.settings}"


PEERS = "tools.bench.peers"
RIVALS = (
    Rival(
        name="FastStream",
        module="faststream_worker",
        command=(sys.executable, "-m", f"{PEERS}.faststream_worker"),
        packages=("faststream", "redis", "asyncpg"),
        settings="stream and consumer group, one process, one message after the other (default), uvloop, "
        "acknowledged after the commit",
        rounds=1,
        gate=5,
        goal=10,
    ),
    Rival(
        name="taskiq",
        module="taskiq_worker",
        command=(str(BIN / "taskiq"), "worker", f"{PEERS}.taskiq_worker:broker", "--log-level", "WARNING"),
        packages=("taskiq", "taskiq-redis", "redis", "asyncpg"),
        settings="RedisStreamBroker, its worker's 2 processes with up to 100 tasks each (default), 10 connections each, "
        "acknowledged after the commit",
        rounds=2,
        gate=4,
        goal=6,
    ),
    Rival(
        name="Celery",
        module="celery_worker",
        command=(sys.executable, "-m", "celery", "-A", f"{PEERS}.celery_worker", "worker", "--loglevel", "ERROR"),
        packages=("celery", "kombu", "redis", "psycopg"),
        settings="prefork with a process per core (default), acks_late, results ignored",
        rounds=1,
        gate=10,
        goal=15,
    ),
)


@asynccontextmanager
async def scratch_redis() -> AsyncIterator[str]:
    """A Redis as the platform runs it, appending to disk every second; yields its URL. TimeoutError if it does not start."""
    password = secrets.token_hex(16)
    with free_ports() as port, tempfile.TemporaryDirectory(prefix="codezest-redis-") as folder:
        settings = {"bind": LOOPBACK, "port": port, "dir": folder, "requirepass": password, **REDIS}
        program = str(programs.ensure("redis-server"))
        configuration = Path(folder) / "redis.conf"
        write_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        server = await asyncio.create_subprocess_exec(*GUARD, program, str(configuration), stdout=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(WITHIN):
                while not await holds(redis_answers(port, password)):  # noqa: ASYNC110 - another program starts
                    await asyncio.sleep(0.05)
            yield f"redis://:{password}@{LOOPBACK}:{port}/0"
        finally:
            server.terminate()
            await server.wait()


@contextmanager
def working(rival: Rival, environment: Mapping[str, str]) -> Iterator[None]:
    """Its worker runs for the length of the block; what it said is shown if the block fails."""
    with tempfile.TemporaryFile("w+") as output:
        worker = subprocess.Popen(
            (*GUARD, *rival.command),
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield
        except BaseException:
            output.seek(0)
            print(output.read()[-4000:], file=sys.stderr)
            raise
        finally:
            _end(worker)


def publish(rival: Rival, messages: Sequence[str], environment: Mapping[str, str]) -> None:
    """Lay the backlog down in the rival's own form, by its own client. `messages` are JSON."""
    subprocess.run(
        [sys.executable, "-m", PEERS, rival.module],
        input="\n".join(messages),
        env={**os.environ, **environment},
        text=True,
        check=True,
        timeout=WITHIN,
    )


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(5)
