"""Everything in the tables at one moment, read in one query. Knows the tables, and nothing of the bus."""

import json
from dataclasses import dataclass, replace
from typing import Any

FACTS = "json_build_array({order}, id, type, key, data, cause) order by {order}"
ROWS = "(select coalesce(json_agg({row}), '[]') from {table})"
MAIN = "payments"
LATE_TYPE = "learning.assignment-submitted.v1"
LATE = f"{MAIN}/learning.assignment-submitted"


def _query() -> str:
    parts = {
        f"{s}_{t}": (f"{s}.{t}", FACTS.format(order=o))
        for s in ("learning", "payments")
        for t, o in (("outbox", "seq"), ("log", "position"))
    }
    parts |= {
        f"{s}_head": (f"{s}.head", "json_build_array(position, epoch, epoch_start)") for s in ("learning", "payments")
    }
    parts["subject"] = ("learning.subject", "json_build_array(key, stated)")
    parts["effect"] = ("payments.effect", "json_build_array(event_id, position, type, key, n) order by seq")
    parts["cursor"] = ("payments.cursor", "json_build_array(consumer, source, position, version, epoch, types)")
    parts["parked"] = (
        "payments.parked",
        "json_build_array(consumer, position, key, state, tries, event->>'id') order by position",
    )
    pairs = (f"'{name}', {ROWS.format(row=row, table=table)}" for name, (table, row) in parts.items())
    return f"select json_build_object({', '.join(pairs)})::text"


LOOK = _query()


@dataclass(frozen=True)
class Fact:
    """A row of an outbox (`at` is its seq) or of a log (its position)."""

    at: int
    id: str
    type: str
    key: str
    data: dict[str, Any]
    cause: str | None

    @property
    def stated(self) -> tuple[int, str]:
        """Its number within its key, and the transaction that stated it."""
        title = next(str(v) for name, v in self.data.items() if name.endswith("_title") and ":" in str(v))
        n, _, token = title.partition(":")
        return int(n), token


@dataclass(frozen=True)
class Effect:
    event_id: str
    position: int
    type: str
    key: str
    n: int


@dataclass(frozen=True)
class Cursor:
    consumer: str
    source: str
    position: int
    version: int
    epoch: str | None
    types: list[str]


@dataclass(frozen=True)
class Parked:
    consumer: str
    position: int
    key: str
    state: str
    tries: int
    event_id: str


@dataclass(frozen=True)
class Head:
    position: int
    epoch: str
    epoch_start: int


@dataclass(frozen=True)
class Seen:
    """Everything in the tables at one moment."""

    outbox: dict[str, tuple[Fact, ...]]
    log: dict[str, tuple[Fact, ...]]
    head: dict[str, Head]
    subject: dict[str, int]
    effects: tuple[Effect, ...]
    cursors: dict[str, Cursor]
    parked: tuple[Parked, ...]

    @classmethod
    def parse(cls, answer: str) -> "Seen":
        """What `LOOK` found."""
        rows = json.loads(answer)
        services = ("learning", "payments")
        cursors = [Cursor(*row) for row in rows["cursor"]]
        return cls(
            outbox={s: tuple(Fact(*row) for row in rows[f"{s}_outbox"]) for s in services},
            log={s: tuple(Fact(*row) for row in rows[f"{s}_log"]) for s in services},
            head={s: Head(*row) for s in services for row in rows[f"{s}_head"]},
            subject=dict(rows["subject"]),
            effects=tuple(Effect(*row) for row in rows["effect"]),
            cursors={one.consumer: one for one in cursors},
            parked=tuple(Parked(*row) for row in rows["parked"]),
        )

    @property
    def at_rest(self) -> "Seen":
        """The same without what every vain attempt changes."""
        return replace(self, cursors={name: replace(one, version=0) for name, one in self.cursors.items()})

    @property
    def behind(self) -> bool:
        """Whether a lane has something to read, adopt or join."""
        head = self.head["learning"]
        at_head = all((one.position, one.epoch) == (head.position, head.epoch) for one in self.cursors.values())
        return not at_head or LATE in self.cursors or bool(self.outbox["learning"])

    @property
    def lost(self) -> bool:
        """Whether a consumer has seen what its source no longer knows: then it may apply nothing."""
        head = self.head.get("learning")
        return head is not None and any(
            one.epoch not in (None, head.epoch) and one.position > head.epoch_start for one in self.cursors.values()
        )
