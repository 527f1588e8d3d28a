"""Starts a platform of their own for tests: a fresh home, free ports, and the supervisor as `make up` starts it."""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tools.local.control import Control
from tools.local.home import Home
from tools.local.ports import SPAN, is_free
from tools.local.problem import Problem
from tools.local.site import ROOT

# Below the ports the kernel gives to outgoing connections.
FIRST, LAST = 20000, 31800
STOP_WITHIN = 20.0


@asynccontextmanager
async def launched(
    *options: str, home: Path | None = None, within: float = 120.0, root: Path = ROOT
) -> AsyncIterator[Control]:
    """A running platform: `up` with these options. A home that is given is kept, else it is thrown away.

    `root` is the repository whose code runs: this one, or a copy that a test changes.
    Raises Problem with what the supervisor printed when it is not ready within so many seconds.
    """
    with _folder(home) as folder, free_ports() as base:
        command = [sys.executable, "-m", "tools.local", "up", f"--home={folder}", f"--port-base={base}", *options]
        with tempfile.NamedTemporaryFile(prefix="codezest-up-") as output:
            process = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=output, stderr=subprocess.STDOUT)
            try:
                control = Control(Home(folder))
                await _until_ready(control, process, Path(output.name), within)
                yield control
            finally:
                await _end(process)


@contextmanager
def free_ports() -> Iterator[int]:
    """A base whose 200 ports are free, reserved against other tests on this machine while the block runs."""
    folder = Path(tempfile.gettempdir()) / f"codezest-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for base in range(_first(), LAST, SPAN):
        with (folder / str(base)).open("w") as file:
            if _take(file.fileno()) and all(is_free(port) for port in range(base, base + SPAN)):
                yield base
                return
    raise Problem(f"No {SPAN} free ports were found from {_first()} to {LAST}.", "Stop other platforms.")


def _first() -> int:
    return int(os.environ.get("CODEZEST_TEST_PORT_BASE", FIRST))


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _folder(home: Path | None) -> Iterator[Path]:
    if home is not None:
        yield home
        return
    folder = Path(tempfile.mkdtemp(prefix="codezest-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _until_ready(control: Control, process: asyncio.subprocess.Process, output: Path, within: float) -> None:
    try:
        async with asyncio.timeout(within):
            while not await _settled(control, process.pid):
                if process.returncode is not None:
                    raise Problem("The platform did not start.", "It printed:", _lines(output))
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Problem(f"The platform was not ready within {within:.0f} s.", "It printed:", _lines(output)) from None


async def _settled(control: Control, supervisor: int) -> bool:
    try:
        status = await control.status()
    except Problem:
        return False
    # Another supervisor in the same home would answer here as well.
    return status.settled and status.supervisor == supervisor


def _lines(output: Path) -> list[str]:
    return output.read_text(errors="replace").splitlines()[-60:]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
