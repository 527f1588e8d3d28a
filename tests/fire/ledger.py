"""The ledger: what was intended, what was sent and what was answered, in a file outside the platform.

A line is flushed before a request leaves and after its answer came, so whatever dies, the ledger knows at least as much as
the platform: `intent` once, `sent` per attempt, then `accepted`, `refused` (nothing happened) or `unknown`.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One intent: `n` counts from 1, `subject` is what it is about, as the API names it."""

    n: int
    kind: str
    person: str
    subject: str


class Ledger:
    """Appends to the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sent_at: list[float] = []
        self.accepted = 0
        self._file = path.open("a")
        self._numbers: Iterator[int] = count(1)

    def intend(self, kind: str, person: str, subject: str = "") -> Entry:
        """Note that `person` (an address) wants something."""
        entry = Entry(n=next(self._numbers), kind=kind, person=person, subject=subject)
        self._write(entry, "intent", kind=kind, person=person, subject=subject)
        return entry

    def sent(self, entry: Entry) -> None:
        """Note that a request is about to leave."""
        self._write(entry, "sent")
        self.sent_at.append(time.time())

    def answered(self, entry: Entry, outcome: str, reason: str) -> None:
        """Note what came back; `outcome` is accepted, refused or unknown."""
        self._write(entry, outcome, reason=reason)
        self.accepted += outcome == "accepted"

    def sent_between(self, begin: float, end: float) -> int:
        """How many requests left between two times (seconds since 1970)."""
        return sum(begin <= at <= end for at in self.sent_at)

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _write(self, entry: Entry, mark: str, **more: str) -> None:
        line = {"n": entry.n, "at": time.time(), "mark": mark, **more}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
