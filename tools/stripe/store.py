"""Everything the stand-in knows, in one SQLite file. An answered request is on the disk, whatever is killed next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tools.stripe.errors import missing_resource

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, seq);
CREATE INDEX IF NOT EXISTS object_customer ON object (kind, json_extract(body, '$.customer'), seq);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL REFERENCES object (id),
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at REAL,
    last_answer TEXT
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event);
CREATE TABLE IF NOT EXISTS answered (
    key TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    params TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
);
"""

Json = dict[str, Any]


@dataclass(frozen=True)
class Where:
    """One condition on a field of an object; `path` is a JSON path chosen by this program, never by a caller."""

    path: str
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "glob", "in"]
    value: str | int | tuple[str, ...]

    def bound(self) -> tuple[str | int, ...]:
        """The values to bind, one per question mark of `operand`."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    def operand(self) -> str:
        """The comparison as SQL, values left to bind."""
        marks = ", ".join("?" * len(self.bound()))
        return f"{self.operator} ({marks})"


@dataclass(frozen=True)
class Window:
    """Which part of a list, newest first. `after` and `before` are ids of the list's own objects."""

    limit: int = 10
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Answered:
    """The first answer to an idempotency key."""

    endpoint: str
    params: str
    request_id: str
    body: bytes


class Store:
    """One connection, used by one thread: the event loop's. Nothing awaits within a transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        self.connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file; what was committed is in it."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when left."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def find(self, id_: str, *, kind: str | None = None) -> Json | None:
        """The object with this id, or None when there is none of that kind."""
        row = self.connection.execute("SELECT kind, body FROM object WHERE id = ?", (id_,)).fetchone()
        if row is None or kind not in {None, row[0]}:
            return None
        found: Json = json.loads(row[1])
        return found

    def get(self, kind: str, id_: str, *, param: str = "id") -> Json:
        """The object with this id. Raises StripeError (resource_missing)."""
        found = self.find(id_, kind=kind)
        if found is None:
            raise missing_resource(kind, id_, param=param)
        return found

    def save(self, obj: Json) -> None:
        """Insert the object, or replace the stored one with the same id."""
        self.connection.execute(
            "INSERT INTO object (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (obj["id"], obj["object"], json.dumps(obj)),
        )

    def list(self, kind: str, where: Sequence[Where] = (), window: Window | None = None) -> tuple[list[Json], bool]:
        """A page of objects, newest first, and whether there is more in the direction asked for."""
        window = window or Window()
        clauses = ["kind = ?", *(f"json_extract(body, '{each.path}') {each.operand()}" for each in where)]
        values: list[str | int] = [kind, *(value for each in where for value in each.bound())]
        for cursor, param, clause in (
            (window.after, "starting_after", "seq < (SELECT seq FROM object WHERE id = ?)"),
            (window.before, "ending_before", "seq > (SELECT seq FROM object WHERE id = ?)"),
        ):
            if cursor is not None:
                self.get(kind, cursor, param=param)
                clauses.append(clause)
                values.append(cursor)
        order = "ASC" if window.before is not None else "DESC"
        # Only words of this program enter the text; every value is bound.
        query = f"SELECT body FROM object WHERE {' AND '.join(clauses)} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        rows = self.connection.execute(query, (*values, window.limit + 1)).fetchall()
        page = [json.loads(row[0]) for row in rows[: window.limit]]
        return (page[::-1] if window.before is not None else page), len(rows) > window.limit

    def answered(self, key: str) -> Answered | None:
        """The first answer to this idempotency key, if there was one."""
        query = "SELECT endpoint, params, request_id, body FROM answered WHERE key = ?"
        row = self.connection.execute(query, (key,)).fetchone()
        return Answered(*row) if row else None

    def remember_answer(self, key: str, answer: Answered, *, at: int) -> None:
        """Keep an answer, to be called in the transaction of its effect; keys older than 30 days are forgotten."""
        self.connection.execute("DELETE FROM answered WHERE at < ?", (at - 30 * 86400,))
        self.connection.execute(
            "INSERT INTO answered (key, endpoint, params, request_id, at, body) VALUES (?, ?, ?, ?, ?, ?)",
            (key, answer.endpoint, answer.params, answer.request_id, at, answer.body),
        )
