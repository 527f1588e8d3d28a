"""What happens to one event inside a page's transaction: its handler runs, or it waits behind its key, or it is skipped."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.envelope import Envelope
from shared.bus.handlers import Delivery, Handlers
from shared.bus.parked import parked_row
from shared.bus.unit_of_work import Cause
from shared.db.schema import BusTables
from shared.events.event import Event
from shared.telemetry import continuing


class JoinedUow(Protocol):
    """Makes a unit of work that joins the bus's transaction (`functools.partial(SqlUnitOfWork, writing)` is one)."""

    def __call__(self, *, actor: UUID | None, session: AsyncSession, cause: Cause) -> Any:
        """Make one for an event; `actor` and `cause` go into what it emits."""
        ...


class Applier:
    """Runs a service's handlers. Knows nothing of cursors: who calls it holds the cursor's lock."""

    def __init__(self, handlers: Handlers, tables: BusTables, uow: JoinedUow, wake: Callable[[], None]) -> None:
        self.handlers = handlers
        self._tables = tables
        self._uow = uow
        self.wake = wake

    async def apply(self, session: AsyncSession, consumer: str, cursor: Row[Any], events: Sequence[Envelope]) -> None:
        """Apply `events` in order in `session`'s transaction. Raises whatever a handler raises."""
        held = await self._held_keys(session, consumer, cursor.source)
        for event in events:
            if not self._is_mine(consumer, cursor, event):
                continue
            if event.type not in self.handlers:
                held.add(event.key)
                await self._park(
                    session, consumer, event, state="waiting", reason="this release has no handler for the type"
                )
            elif event.key in held:
                await self._park(
                    session, consumer, event, state="retrying", reason="waits for an earlier event of its key"
                )
            else:
                await self.run(session, event, version=cursor.version + 1)

    async def run(self, session: AsyncSession, event: Envelope, *, version: int) -> None:
        """Run the event's handler in `session`'s transaction, whose cursor will carry `version`. Raises whatever it
        raises, ValidationError for bad data.
        """
        fact = Event.catalogue[event.type].receive(event.data)
        delivery = Delivery(
            id=event.id,
            source=event.source,
            position=event.position,
            actor=event.actor,
            time=event.time,
            traceparent=event.traceparent,
            version=version,
        )
        attributes: dict[str, str | int] = {
            "event.id": str(event.id),
            "event.position": event.position,
            "event.source": event.source,
        }
        with continuing(f"apply {event.type}", event.traceparent, attributes=attributes):
            uow = self._uow(actor=event.actor, session=session, cause=Cause(event_id=event.id))
            await self.handlers[event.type](fact, delivery, uow)
            await session.flush()

    @staticmethod
    def _is_mine(consumer: str, cursor: Row[Any], event: Envelope) -> bool:
        """Whether this lane answers for the type: the main lane for those that have joined it, a backfill lane for its one."""
        _, _, only = consumer.partition("/")
        return event.type == only if only else event.type in cursor.types

    async def _held_keys(self, session: AsyncSession, consumer: str, source: str) -> set[str]:
        parked = self._tables.parked
        consumers = {consumer, consumer.partition("/")[0]}
        held = select(parked.c.key).where(parked.c.consumer.in_(consumers), parked.c.source == source).distinct()
        return set((await session.execute(held)).scalars())

    async def _park(self, session: AsyncSession, consumer: str, event: Envelope, *, state: str, reason: str) -> None:
        row = parked_row(consumer, event, state=state, reason=reason)
        await session.execute(insert(self._tables.parked).values(row))
