"""The helm CLI: each run in a process group of its own, on the leash of the Lease, with a deadline, never two on one release."""

import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from opentelemetry import trace

from codezest_operator.data.leash import LOST, TOO_LONG
from codezest_operator.data.releases import DIGEST, MADE_AS
from codezest_operator.domain.ports import HelmFailed, LeaderLost
from codezest_operator.domain.releases import Desired

LEASH = Path(__file__).with_name("leash.py")
HISTORY = 4
BEAT = 0.5
# Beyond what helm is told itself: it takes a moment to give up and to write that down.
GRACE = 20.0
LONGEST = 400
SPANS = trace.get_tracer("codezest_operator")


@dataclass(frozen=True, kw_only=True)
class HelmProgram:
    """Where helm is, where it may write, and until when, by the monotonic clock, the operator leads."""

    path: str
    folder: Path
    leading_until: Callable[[], float]


class HelmCli:
    """helm, at most so many runs at a time."""

    def __init__(
        self, program: HelmProgram, *, at_once: int, ran: Callable[[str, str, float], None] = lambda *_: None
    ) -> None:
        self._program = program
        self._ran = ran
        self._gate = asyncio.Semaphore(at_once)
        self._releases: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._closed = False
        self.running = 0

    def close(self) -> None:
        """Begin no further run; what waits for its turn raises LeaderLost instead."""
        self._closed = True

    async def upgrade(self, namespace: str, wanted: Desired, *, revision: int, seconds: float) -> None:
        """Install or upgrade a release. HelmFailed, LeaderLost."""
        labels = f"{DIGEST}={wanted.digest},{MADE_AS}={revision}"
        words = ["upgrade", "--install", wanted.name, wanted.chart.path, "--values=-", f"--labels={labels}"]
        flags = ["--server-side=true", "--force-conflicts", f"--history-max={HISTORY}", f"--timeout={seconds:.0f}s"]
        values = json.dumps(dict(wanted.values)).encode()
        await self._run([*words, *flags], (namespace, wanted.name), seconds, given=values)

    async def rollback(self, namespace: str, name: str, *, to: int, seconds: float) -> None:
        """Back to a revision. HelmFailed, LeaderLost."""
        flags = ["--server-side=true", "--force-conflicts", f"--history-max={HISTORY}", f"--timeout={seconds:.0f}s"]
        await self._run(["rollback", name, str(to), *flags], (namespace, name), seconds)

    async def uninstall(self, namespace: str, name: str, *, seconds: float) -> None:
        """Take a release away; one that is not there is well. HelmFailed, LeaderLost."""
        flags = ["--ignore-not-found", "--cascade=background", f"--timeout={seconds:.0f}s"]
        await self._run(["uninstall", name, *flags], (namespace, name), seconds)

    async def _run(self, words: Sequence[str], place: tuple[str, str], seconds: float, *, given: bytes = b"") -> None:
        namespace, name = place
        command = [self._program.path, *words, f"--namespace={namespace}"]
        with SPANS.start_as_current_span(
            f"helm {words[0]}", attributes={"release": name, "namespace": namespace}
        ) as span:
            async with self._releases[f"{namespace}/{name}"], self._gate, self._leashed(command, seconds) as process:
                began = time.monotonic()
                _, said = await process.communicate(given)
            outcome = "failed" if process.returncode else "succeeded"
            span.set_attribute("outcome", outcome)
            self._ran(words[0], outcome, time.monotonic() - began)
        if process.returncode == LOST:
            raise LeaderLost
        if process.returncode == TOO_LONG:
            raise HelmFailed(f"helm {words[0]} did not end within {seconds:.0f} s: spec.timeout allows no more")
        if process.returncode != 0:
            raise HelmFailed(told(said.decode(errors="replace")))

    @asynccontextmanager
    async def _leashed(self, command: list[str], seconds: float) -> AsyncIterator[asyncio.subprocess.Process]:
        if self._closed:
            raise LeaderLost
        reading, writing = os.pipe()
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-I", "-S", str(LEASH), str(reading), str(seconds + GRACE), *command],
                stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe, pass_fds=[reading], start_new_session=True,
                env={**os.environ, **{f"HELM_{kind}_HOME": str(self._program.folder / kind) for kind in ("CACHE", "CONFIG", "DATA")}},
            )  # fmt: skip
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        beating = asyncio.create_task(self._beat(writing))
        self.running += 1
        try:
            yield process
        finally:
            self.running -= 1
            beating.cancel()
            os.close(writing)  # whatever still runs ends by that
            await _ended(process.wait())

    async def _beat(self, writing: int) -> None:
        while True:
            os.write(writing, f"{self._program.leading_until()}\n".encode())
            await asyncio.sleep(BEAT)


async def _ended(process: Awaitable[int]) -> None:
    """Wait for the end even if this task is cancelled meanwhile: no helm outlives the run that started it."""
    await asyncio.shield(asyncio.ensure_future(process))


def told(said: str) -> str:
    """What helm said was wrong, in one short line."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("level=")]
    first = next((number for number, line in enumerate(lines) if line.startswith("Error: ")), 0)
    # What an error consists of, such as each value that a schema refuses, stands below it.
    return " ".join(line.removeprefix("Error: ") for line in lines[first:])[:LONGEST] or "helm ended without a word"
