"""The unit of work over SQL: state and events commit together (T1), or join a page that is being applied (T3)."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid5

from pydantic_core import from_json
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils.compat import uuid7

from shared.db.schema import BusTables
from shared.events.event import MAX_EVENT_BYTES, Event
from shared.telemetry import current_traceparent
from shared.transaction import transaction_open

MAX_KEY = 200  # characters; consumers refuse a page with a longer one

EMITTED, DOOMED = "events that the page's handlers emitted", "a unit of work of the page failed"


class EventTooLarge(ValueError):
    """An event holds more than 64 KiB, or its key more than 200 characters: use an id and let consumers fetch the rest."""


class FailureSwallowed(RuntimeError):
    """A handler went on after its unit of work had failed: half of its effects would be committed."""


@dataclass(kw_only=True)
class Cause:
    """The event being applied. The ids of events it leads to derive from it, so applying it again emits the same ones."""

    event_id: UUID
    counts: dict[str, int] = field(default_factory=dict)

    def next_id(self, event_type: str) -> UUID:
        """uuid5(cause, type, n) for the n-th event of this type that the cause leads to."""
        n = self.counts[event_type] = self.counts.get(event_type, 0) + 1
        return uuid5(self.event_id, f"{event_type}/{n}")


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Where a unit of work writes: this service's sessions and outbox, and whom to wake after a commit."""

    sessions: async_sessionmaker[AsyncSession]
    tables: BusTables
    wake: Callable[[], None]


class SqlUnitOfWork:
    """`async with uow:` is one transaction; a service subclasses it and builds its repositories in `bind`.

    Joined (`session` given), the block is a part of the bus's transaction, and the bus commits: see `write_emitted`.
    """

    def __init__(
        self, writing: Writing, *, actor: UUID | None, session: AsyncSession | None = None, cause: Cause | None = None
    ) -> None:
        self._writing = writing
        self._actor = actor
        self._joined = session
        self._cause = cause
        self._events: list[Event] = []
        self._session: AsyncSession | None = None
        self._block = ExitStack()

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories of this unit of work over `session`."""

    def emit(self, event: Event) -> None:
        """Record a fact; it reaches the outbox after the state it speaks of. TypeError for one that a newer replaced."""
        if event.superseded:
            raise TypeError(f"{type(event).__name__} is replaced by a newer version: state that one")
        self._events.append(event)

    async def __aenter__(self) -> Self:
        if self._session is not None:
            raise RuntimeError("this unit of work is already open: a use case opens it once, at its top")
        self._events.clear()
        self._session = self._joined or self._writing.sessions()
        self._block.enter_context(transaction_open())
        self.bind(self._session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is None:
            raise RuntimeError("this unit of work is not open")
        with self._block:
            if self._joined is None:
                await self._finish(session, failed=kind is not None)
            elif kind is not None:
                session.info[DOOMED] = True
            else:
                session.info.setdefault(EMITTED, []).extend(self._row(event) for event in self._events)

    async def _finish(self, session: AsyncSession, *, failed: bool) -> None:
        try:
            if failed:
                return
            # State first: an event's sequence number must be drawn while the rows it speaks of are locked,
            # so that two transactions about one key cannot emit in the other order.
            await session.flush()
            if self._events:
                rows = [self._row(event) for event in self._events]
                await session.execute(insert(self._writing.tables.outbox), rows)
            await session.commit()
        finally:
            await session.close()
        if any(event.announced for event in self._events):
            self._writing.wake()

    def _row(self, event: Event) -> dict[str, Any]:
        return outbox_row(event, actor=self._actor, cause=self._cause)


def outbox_row(event: Event, *, actor: UUID | None, cause: Cause | None = None) -> dict[str, Any]:
    """What the outbox keeps of an event, by column. EventTooLarge."""
    written = event.model_dump_json()
    if len(written.encode()) > MAX_EVENT_BYTES or len(event.key) > MAX_KEY:
        raise EventTooLarge(
            f"{event.event_type} may have {MAX_EVENT_BYTES} bytes and a key of {MAX_KEY} characters, and has more"
        )
    return {
        "id": cause.next_id(event.event_type) if cause else uuid7(),
        "type": event.event_type,
        "key": event.key,
        "actor": actor,
        "data": from_json(written),
        "cause": cause.event_id if cause else None,
        "traceparent": current_traceparent(),
        "at": datetime.now(UTC),
    }


async def write_emitted(session: AsyncSession, tables: BusTables) -> int:
    """Write what joined units of work of this transaction emitted, after all their state; returns how many events.

    FailureSwallowed if one of them failed and its handler did not pass that on.
    """
    if session.info.pop(DOOMED, False):
        raise FailureSwallowed("a handler must let the failure of its unit of work through: the event is tried again")
    await session.flush()
    rows: list[dict[str, Any]] = session.info.pop(EMITTED, [])
    if rows:
        await session.execute(insert(tables.outbox), rows)
    return len(rows)
