"""The folder of finished programs, shared by every clone of a user: one entry per pin and key.

An entry is built beside and renamed into place, so whoever sees it sees all of it. `complete.json` is written last
and names the programs with their sizes, so that a file cut short by a full disk or a power cut is noticed.
"""

import fcntl
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tools.toolchain.errors import ToolError
from tools.toolchain.pins import Pin

Say = Callable[[str], None]

MANIFEST = "complete.json"
OWN_FOLDERS = (".staging", ".locks", "logs", "go-modules", "go-objects")
ENTRY_NAME = re.compile(r"[a-z][a-z0-9-]*-[0-9][0-9.]*-[0-9a-f]{12}")
POLL_SECONDS = 0.2
TELL_SECONDS = 15.0


class Cache:
    """The programs under `root`. Reading never writes; writing needs the entry's lock."""

    def __init__(self, root: Path, *, own_go_caches: bool = False) -> None:
        self.root = root
        self.own_go_caches = own_go_caches

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Cache":
        """The cache that the environment names: CODEZEST_CACHE, else the user's cache folder."""
        if chosen := environ.get("CODEZEST_CACHE"):
            # A chosen folder holds everything, also what Go downloads: it can be carried about and removed whole.
            return cls(Path(chosen).expanduser().absolute(), own_go_caches=True)
        base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache"
        return cls(Path(base).absolute() / "codezest")

    def entry(self, pin: Pin) -> Path:
        """Where the pin's finished folder is, or will be."""
        return self.root / f"{pin.name}-{pin.version}-{pin.key}"

    def log(self, pin: Pin) -> Path:
        """The file with everything the pin's last build said."""
        return self.root / "logs" / f"{self.entry(pin).name}.log"

    def program(self, pin: Pin, name: str) -> Path | None:
        """The finished program, or None when the entry is missing or damaged."""
        return self.entry(pin) / pin.programs[name] if self.is_complete(pin) else None

    def is_complete(self, pin: Pin) -> bool:
        """Whether every program of the pin is there with the size it had when it was finished."""
        entry = self.entry(pin)
        try:
            sizes = json.loads((entry / MANIFEST).read_text(encoding="utf-8"))["sizes"]
            return all((entry / path).stat().st_size == sizes[path] for path in pin.programs.values())
        except (OSError, ValueError, KeyError, TypeError):
            return False

    @contextmanager
    def locked(self, pin: Pin, *, seconds: float, say: Say) -> Iterator[None]:
        """Holds the pin's lock; the system frees it when the holder dies. Raises ToolError after `seconds`."""
        self._make_folders(pin)
        path = self.root / ".locks" / f"{self.entry(pin).name}.lock"
        with path.open("a+", encoding="utf-8") as file:
            _wait_for_lock(file, pin, seconds=seconds, say=say)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    @contextmanager
    def staging(self, pin: Pin) -> Iterator[Path]:
        """An empty folder to build in, removed afterwards. Only for the holder of the lock."""
        name = self.entry(pin).name
        for left_over in (self.root / ".staging").glob(f"{name}.*"):
            forget(left_over)
        folder = self.root / ".staging" / f"{name}.{os.getpid()}"
        folder.mkdir()
        try:
            yield folder
        finally:
            forget(folder)

    def publish(self, pin: Pin, folder: Path) -> None:
        """Makes the built folder the pin's entry, readable by everybody. Raises ToolError if a program is missing."""
        absent = [path for path in pin.programs.values() if not (folder / path).is_file()]
        if absent:
            raise ToolError(f"{pin.title}: the build ended without {', '.join(absent)}. Log: {self.log(pin)}")
        sizes = {path: (folder / path).stat().st_size for path in pin.programs.values()}
        _open_to_all(folder)
        manifest = {"name": pin.name, "version": pin.version, "sizes": sizes, "bytes": size_of(folder)}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        (folder / MANIFEST).chmod(0o644)
        forget(self.entry(pin))
        folder.rename(self.entry(pin))

    def size(self, pin: Pin) -> int:
        """Bytes on disk of the finished entry, as counted when it was finished; 0 if there is none."""
        with suppress(OSError, ValueError, KeyError):
            return int(json.loads((self.entry(pin) / MANIFEST).read_text(encoding="utf-8"))["bytes"])
        return 0

    def clean(self) -> list[Path]:
        """Removes what this cache made, whatever its version, and nothing else that lies in the folder."""
        if not self.root.is_dir():
            return []
        own = [path for path in self.root.iterdir() if path.name in OWN_FOLDERS or ENTRY_NAME.fullmatch(path.name)]
        for path in own:
            forget(path)
        with suppress(OSError):
            self.root.rmdir()
        return sorted(own)

    def _make_folders(self, pin: Pin) -> None:
        try:
            for folder in (self.root, self.root / ".locks", self.root / ".staging", self.root / "logs"):
                if not folder.is_dir():
                    folder.mkdir(parents=True, exist_ok=True)
                    folder.chmod(0o755)
            writable = os.access(self.root, os.W_OK) and os.access(self.root / ".locks", os.W_OK)
        except OSError as problem:
            raise ToolError(_unwritable(pin, self.root, str(problem))) from problem
        if not writable:
            raise ToolError(_unwritable(pin, self.root, "it belongs to another user"))


def _unwritable(pin: Pin, root: Path, why: str) -> str:
    return (
        f"{pin.title} is not in the cache {root}, and nothing can be written there ({why}). "
        "Ask its owner to run `make tools`, or set CODEZEST_CACHE to a folder of your own."
    )


def _wait_for_lock(file: IO[str], pin: Pin, *, seconds: float, say: Say) -> None:
    started, told = time.monotonic(), 0.0
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            return
        now = time.monotonic()
        file.seek(0)
        holder = f"process {file.read().strip() or 'unknown'}"
        if now - started > seconds:
            raise ToolError(
                f"{pin.title} is being prepared by {holder} and was not ready after {seconds:.0f} s. "
                "Wait for that process or end it, then try again."
            )
        if not told or now - told > TELL_SECONDS:
            told = now
            say(f"{pin.title}: waiting for {holder}, which is preparing it ({now - started:.0f} s)")
        time.sleep(POLL_SECONDS)


def _open_to_all(folder: Path) -> None:
    """Another user (CI fills, others read) must be able to use it, whatever the umask was."""
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(parent) / name
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                continue
            runnable = stat.S_ISDIR(mode) or mode & 0o100
            path.chmod(0o755 if runnable else 0o644)


def size_of(folder: Path) -> int:
    """Bytes of all files below the folder."""
    return sum((Path(parent) / name).lstat().st_size for parent, _, files in os.walk(folder) for name in files)


def forget(path: Path) -> None:
    """Removes a file or a tree, also one whose folders were left read-only."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        for parent, _, _ in os.walk(path):
            Path(parent).chmod(0o755)
        shutil.rmtree(path)
