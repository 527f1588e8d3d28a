"""The unit of work over SQL: state and events commit together (T1), or join a page that is being applied (T3)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid5

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction, async_sessionmaker
from uuid_utils.compat import uuid7

from shared.db.schema import BusTables
from shared.events.event import MAX_EVENT_BYTES, Event
from shared.telemetry import current_traceparent


class EventTooLarge(ValueError):
    """An event holds more than 64 KiB: put an id into it and let consumers fetch the rest."""


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

    Joined (`session` given), the block is a savepoint of the bus's transaction and the bus commits.
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
        self._savepoint: AsyncSessionTransaction | None = None

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories of this unit of work over `session`."""

    def emit(self, event: Event) -> None:
        """Record a fact; it reaches the outbox after the state it speaks of."""
        self._events.append(event)

    async def __aenter__(self) -> Self:
        if self._session is not None:
            raise RuntimeError("this unit of work is already open: a use case opens it once, at its top")
        self._events.clear()
        if self._joined is not None:
            self._session = self._joined
            self._savepoint = await self._joined.begin_nested()
        else:
            self._session = self._writing.sessions()
        self.bind(self._session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is None:
            raise RuntimeError("this unit of work is not open")
        try:
            if kind is None:
                await self._write(session)
            elif self._savepoint is not None:
                await self._savepoint.rollback()
        finally:
            self._savepoint = None
            if self._joined is None:
                await session.close()

    async def _write(self, session: AsyncSession) -> None:
        # State first: an event's sequence number must be drawn while the rows it speaks of are locked,
        # so that two transactions about one key cannot emit in the other order.
        await session.flush()
        if self._events:
            await session.execute(insert(self._writing.tables.outbox), [self._row(event) for event in self._events])
        if self._savepoint is not None:
            await self._savepoint.commit()
            return
        await session.commit()
        if self._events:
            self._writing.wake()

    def _row(self, event: Event) -> dict[str, Any]:
        encoded = event.model_dump_json()
        if len(encoded.encode()) > MAX_EVENT_BYTES:
            raise EventTooLarge(f"{event.event_type} of {event.key} is over {MAX_EVENT_BYTES} bytes")
        return {
            "id": self._cause.next_id(event.event_type) if self._cause else uuid7(),
            "type": event.event_type,
            "key": event.key,
            "actor": self._actor,
            "data": event.model_dump(mode="json"),
            "cause": self._cause.event_id if self._cause else None,
            "traceparent": current_traceparent(),
            "at": datetime.now(UTC),
        }
