"""What happens to one event inside a page's transaction: its handler runs, or it waits behind its key, or it is passed over."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.cursors import LaneId, Place
from shared.bus.envelope import Envelope
from shared.bus.handlers import Delivery, Handlers, Handling
from shared.bus.metrics import Tally
from shared.bus.parked import parked_row
from shared.bus.unit_of_work import Cause, write_emitted
from shared.db.schema import BusTables
from shared.events.event import fact_of, received
from shared.telemetry import continuing

logger = logging.getLogger(__name__)

NO_HANDLER = "this release has no handler for the type"
BEHIND = "waits for an earlier event of its key"


class JoinedUow(Protocol):
    """Makes a unit of work that joins the bus's transaction (`functools.partial(SqlUnitOfWork, writing)` is one)."""

    def __call__(self, *, actor: UUID | None, session: AsyncSession, cause: Cause) -> Any:
        """Make one for an event; `actor` and `cause` go into what it emits."""
        ...


class Applier:
    """Runs a service's handlers. Knows nothing of cursors: who calls it holds the cursor's lock."""

    def __init__(self, handlers: Handlers, tables: BusTables, uow: JoinedUow, wake: Callable[[], None]) -> None:
        self.handlers = handlers
        self._wake = wake
        self._tables = tables
        self._uow = uow

    async def apply(self, session: AsyncSession, lane: LaneId, place: Place, events: Sequence[Envelope]) -> Tally:
        """Apply `events` in order in `session`'s transaction; returns what was done. Raises whatever a handler raises.

        `place` is what locking the lane for their keys gave.
        """
        held, tally = set(place.held), Tally()
        for event in events:
            if fact_of(event.type) not in place.facts:
                tally.passed_over["no-handler"] += 1
                continue
            handling = self.handlers.get(event.type)
            if handling is None:
                held.add(event.key)
                tally.parked["no-handler"] += 1
                await self.park(session, lane, event, state="waiting", reason=NO_HANDLER)
            elif event.key in held and handling.ordered:
                tally.parked["behind"] += 1
                await self.park(session, lane, event, state="retrying", reason=BEHIND)
            else:
                await self._run(session, event, handling, place.version, tally)
        tally.emitted = await write_emitted(session, self._tables)
        return tally

    async def run(self, session: AsyncSession, events: Sequence[Envelope], *, version: int) -> Tally:
        """Run the handlers of `events` in order in `session`'s transaction. Raises what one raises, ValidationError for
        bad data, LookupError without a handler.
        """
        tally = Tally()
        for event in events:
            handling = self.handlers.get(event.type)
            if handling is None:
                raise LookupError(NO_HANDLER)
            await self._run(session, event, handling, version, tally)
        tally.emitted = await write_emitted(session, self._tables)
        return tally

    def committed(self, lane: LaneId, tally: Tally, path: str) -> None:
        """What `apply` or `run` did of `lane`'s events is committed: count it, and see to what was emitted."""
        tally.count(lane.consumer, lane.source, path)
        if tally.emitted:
            self._wake()

    async def park(
        self, session: AsyncSession, lane: LaneId, event: Envelope, *, state: str, reason: str, tries: int = 0
    ) -> None:
        """Keep `event` to be tried again, in `session`'s transaction. The arguments are those of `parked_row`."""
        row = parked_row(lane.consumer, event, state=state, reason=reason, tries=tries)
        await session.execute(insert(self._tables.parked).values(row))

    async def _run(
        self, session: AsyncSession, event: Envelope, handling: Handling, version: int, tally: Tally
    ) -> None:
        if handling.max_age is not None and datetime.now(UTC) - event.time > handling.max_age:
            logger.info("%s at %s/%d is older than %s: passed over", *_named(event), handling.max_age)
            tally.passed_over["expired"] += 1
            return
        fact = received(event.type, event.data)
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
            await handling.handler(fact, delivery, uow)
        tally.ran += 1


def _named(event: Envelope) -> tuple[str, str, int]:
    return event.type, event.source, event.position
