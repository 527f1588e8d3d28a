"""Other programs' processes, any of which may end while it is looked at."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import psutil

Seen = TypeVar("Seen")


def lasting(
    processes: Iterable[psutil.Process], look: Callable[[psutil.Process], Seen]
) -> list[tuple[psutil.Process, Seen]]:
    """The processes that were there until they had been looked at, with what was seen."""
    found = []
    for process in processes:
        try:
            found.append((process, look(process)))
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):  # the last two: `look` read /proc itself
            continue
    return found
