"""The folder that holds one instance: its data, secrets, logs, and what a running supervisor leaves for others to find."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.local.problem import Problem

# A unix socket's address holds 107 characters; the control socket must fit.
LONGEST_SOCKET = 107


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How messages speak of an instance and its settings; `marker` is the file that says what the folder is."""

    name: str
    marker: str
    start: str
    stop: str
    folder_setting: str
    port_setting: str


LOCAL = Terms(
    name="CodeZest",
    marker="codezest-home",
    start="make up",
    stop="make down",
    folder_setting="CODEZEST_HOME",
    port_setting="CODEZEST_PORT_BASE",
)


@dataclass(frozen=True)
class Home:
    """The paths of one instance below one folder (absolute)."""

    path: Path
    terms: Terms = LOCAL

    @property
    def logs(self) -> Path:
        """The folder of log files, one per process."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Generated configuration of the running programs; written anew by every start."""
        return self.path / "run"

    @property
    def secrets_file(self) -> Path:
        """The secrets that Dapr serves to the services."""
        return self.path / "secrets.json"

    @property
    def admin_secrets_file(self) -> Path:
        """The secrets that only the supervisor and the schemas' owners use."""
        return self.path / "admin-secrets.json"

    @property
    def control_socket(self) -> Path:
        """Where a running supervisor answers."""
        return self.path / "control.sock"

    @property
    def processes_file(self) -> Path:
        """The processes a supervisor started: read by the next one, should this one be killed."""
        return self.path / "processes.json"

    @property
    def traces(self) -> Path:
        """Every span the collector received, one OTLP JSON document a line."""
        return self.path / "traces.jsonl"

    def create(self) -> None:
        """Make the folder (mode 0700) and the folders in it. Raises Problem when it holds something else."""
        if self.path.exists() and any(self.path.iterdir()) and not self._is_ours():
            raise Problem(
                f"{self.path} is not empty and was not made by CodeZest.",
                f"Name an empty or a new folder with {self.terms.folder_setting}.",
            )
        if len(str(self.control_socket).encode()) > LONGEST_SOCKET:
            raise Problem(
                f"The path {self.path} is too long for a socket in it.",
                f"Name a shorter one with {self.terms.folder_setting}.",
            )
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        (self.path / self.terms.marker).touch()
        for folder in (self.logs, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)

    def forget(self) -> None:
        """Delete the folder and all in it. Raises Problem when it was not made by CodeZest, or is in use."""
        if not self.path.exists():
            return
        if not self._is_ours():
            raise Problem(
                f"{self.path} was not made by CodeZest.",
                f"Look at {self.terms.folder_setting}; nothing was deleted.",
            )
        with self.lock():
            shutil.rmtree(self.path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the instance. The kernel lets go when the holder dies. Raises Problem while another holds it."""
        with (self.path / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Problem(
                    f"{self.terms.name} is running already in {self.path}.",
                    f"Stop it with `{self.terms.stop}`, or start a second instance with {self.terms.folder_setting} and "
                    f"{self.terms.port_setting}.",
                ) from None
            yield

    def is_held(self) -> bool:
        """Whether a supervisor holds this instance now."""
        if not (self.path / "lock").exists():
            return False
        try:
            with self.lock():
                return False
        except Problem:
            return True

    def _is_ours(self) -> bool:
        return (self.path / self.terms.marker).exists()


def home_at(path: str | None) -> Home:
    """The instance at `path`, else at CODEZEST_HOME, else at .local in the working directory."""
    return Home(Path(path or os.environ.get("CODEZEST_HOME") or ".local").absolute())


def write_private(path: Path, content: str) -> None:
    """Write a file of mode 0600 so that a reader sees the old content or the new one, never a half."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    Path(name).replace(path)


def write_private_json(path: Path, content: Mapping[str, Any]) -> None:
    """As `write_private`, with the content as JSON."""
    write_private(path, json.dumps(content, indent=2) + "\n")
