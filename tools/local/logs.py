"""One log file per process: begun anew by every start, kept once, and cut when it grows too large."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

LARGEST = 20 * 1024 * 1024


def begin(path: Path) -> None:
    """Put the last run's file aside as `.1` (one is kept)."""
    if path.exists():
        path.replace(_previous(path))


def shorten(path: Path) -> None:
    """Keep what a file over 20 MiB holds as `.1` and empty it; its writer appends, so it goes on at the start."""
    if path.exists() and path.stat().st_size > LARGEST:
        _previous(path).write_bytes(path.read_bytes())
        os.truncate(path, 0)


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines, oldest first; none when there is no file."""
    if not path.exists():
        return []
    with path.open(errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, maxlen=count)]


def follow(paths: list[Path], goes_on: Callable[[], bool]) -> Iterator[tuple[Path, str]]:
    """What is appended to the files from now on, line by line, as long as `goes_on()`."""
    places = {path: path.stat().st_size for path in paths}
    while goes_on():
        for path in paths:
            lines, places[path] = _appended(path, places[path])
            yield from ((path, line) for line in lines)
        time.sleep(0.2)


def append(path: Path, line: str) -> None:
    """A line of the supervisor's own in a process's log."""
    with path.open("a") as file:
        file.write(f"{line}\n")


def _appended(path: Path, place: int) -> tuple[list[str], int]:
    size = path.stat().st_size
    if size == place:
        return [], place
    # A shorter file was begun anew.
    start = place if size > place else 0
    with path.open("rb") as file:
        file.seek(start)
        content = file.read()
    # A line that is being written waits for its end.
    whole = content[: content.rfind(b"\n") + 1]
    return whole.decode(errors="replace").splitlines(), start + len(whole)


def _previous(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")
