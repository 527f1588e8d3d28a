"""The trial's database and Redis as their pods run them: the chart's own scripts, over the pinned programs."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.local.postgres import as_another_user

READY_SECONDS = 30.0
STOP_SECONDS = 20.0


def free_port() -> int:
    """A port of this machine that nobody has just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def started(
    script: Path, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The script in a process of its own, not as root, as in its pod; ended as a pod is."""
    command = [*(["setpriv", "--pdeathsig=KILL", *as_another_user(folder), "--"]), "sh", str(script), *arguments]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what a script left behind is not to outlive its test


def wait_until(done: Callable[[], bool], what: str, log: Path) -> None:
    """Wait for a condition. Raises TimeoutError with the log's end."""
    deadline = time.monotonic() + READY_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} after {READY_SECONDS:.0f} s:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def give_away(folder: Path) -> None:
    """Let whoever the script runs as own the folder and what is in it."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
