"""Reads the ledger: what was asked of the platform, and what it said it had done."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(kw_only=True)
class Intent:
    """One intent. It must have its effects if it was accepted, may have them if it was sent, and has none otherwise."""

    n: int
    kind: str
    person: str
    subject: str = ""
    sends: int = 0
    accepted: bool = False
    unknown: int = 0

    def __str__(self) -> str:
        return f"intent {self.n}: {self.kind} {self.subject} of {self.person}"


def read_intents(ledger: Path) -> list[Intent]:
    """Every intent, in the order in which it was written down."""
    intents: dict[int, Intent] = {}
    for line in ledger.read_text().splitlines():
        entry = json.loads(line)
        n = entry["n"]
        match entry["mark"]:
            case "intent":
                intents[n] = Intent(n=n, kind=entry["kind"], person=entry["person"], subject=entry["subject"])
            case "sent":
                intents[n].sends += 1
            case "accepted":
                intents[n].accepted = True
            case "unknown":
                intents[n].unknown += 1
            case "refused":
                pass
            case strange:
                raise ValueError(f"the ledger holds a line that is not known: {strange}")
    return list(intents.values())
