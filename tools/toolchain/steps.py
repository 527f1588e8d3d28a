"""One step of a build: a child process with a log, a deadline and signs of life."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.cache import Cache, Say
from tools.toolchain.errors import RETRY, ToolError, remedy
from tools.toolchain.pins import Pin

TELL_SECONDS = 15.0
LAST_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a recipe works with: the pin, where to put the result, and how to run a step.

    `folder` becomes the finished entry, `scratch` is thrown away, `tool` gives another pinned program.
    """

    pin: Pin
    cache: Cache
    folder: Path
    scratch: Path
    environ: Mapping[str, str]
    say: Say
    tool: Callable[[str], Path]

    def run(
        self, doing: str, command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], minutes: float
    ) -> str:
        """Runs one step and returns what it printed; that and its complaints are in the log.

        Raises ToolError when it fails or is not done after `minutes`. `env` is added to the environment.
        """
        self.say(f"{self.pin.title}: {doing}")
        words = [str(word) for word in command]
        started, printed = time.monotonic(), self.scratch / "printed"
        with self.cache.log(self.pin).open("ab", buffering=0) as log, printed.open("wb") as output:
            log.write(f"\n--- {doing}: {' '.join(words)}\n".encode())
            process = subprocess.Popen(
                words,
                cwd=cwd,
                env={**self.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )
            try:
                code = self._wait(process, doing, minutes=minutes)
            finally:
                _end(process)
            log.write(printed.read_bytes())
        if code != 0:
            ended = f"ended with exit code {code}" if code is not None else f"was not done after {minutes:g} minutes"
            raise ToolError(self.failure(f'the step "{doing}" {ended} ({time.monotonic() - started:.0f} s)'))
        return printed.read_text(encoding="utf-8", errors="replace")

    def failure(self, what: str) -> str:
        """The message for a failed build: what failed, the log's last lines and place, how to go on."""
        log = self.cache.log(self.pin)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
        last = [line for line in lines if line.strip()][-LAST_LINES:]
        shown = "".join(f"\n    {line[:300]}" for line in last)
        advice = remedy("\n".join([what, *last]))
        return f"{self.pin.title} could not be had: {what}.{shown}\nLog: {log}\nWhat to do: {advice}"

    def refuse(self, found: str, pinned: str) -> ToolError:
        """The error for a download that is not what was pinned."""
        return ToolError(
            f"{self.pin.title} was refused: its checksum is {found}, but {pinned} is pinned. Nothing of it was used. "
            "If a proxy or mirror stands between, ask its owner; if the pin was changed, its checksum must change with "
            f"it (tools/toolchain/pins.toml); {RETRY}."
        )

    def _wait(self, process: subprocess.Popen[bytes], doing: str, *, minutes: float) -> int | None:
        """The exit code, or None when the time is up. Gives a sign of life every TELL_SECONDS."""
        started = time.monotonic()
        while (took := time.monotonic() - started) < minutes * 60:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=min(TELL_SECONDS, minutes * 60 - took))
            took = time.monotonic() - started
            self.say(f"{self.pin.title}: still {doing} ({took:.0f} s; all of it about {self.pin.takes})")
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a step that still runs, with all its children: after a time-out or Ctrl-C."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
