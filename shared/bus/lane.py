"""One consumer's way through one source's log (T3): strictly in order, effects and cursor in one commit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.apply import Applier
from shared.bus.envelope import Envelope, LogPage
from shared.bus.parked import parked_row, reason_of
from shared.db.database import Database, is_infrastructure
from shared.db.schema import BusTables

logger = logging.getLogger(__name__)

PATIENCE = 5  # failures at one position that are put down to the infrastructure

ReadLog = Callable[[str, int], Awaitable[LogPage]]


class SourceLost(RuntimeError):
    """The source was restored to a time before what this consumer has already applied: a person must decide."""


class _Gap(Exception):
    """The events at hand do not start where the cursor stands."""


@dataclass(frozen=True, kw_only=True)
class LaneId:
    """`consumer` is the service, or `<service>/<type>` while a handler added later catches up; `source` whose log it reads."""

    consumer: str
    source: str


class Lane:
    """Applies events to this service. In this process one at a time; across replicas the cursor row's lock sees to it."""

    def __init__(
        self, lane: LaneId, database: Database, tables: BusTables, applier: Applier, read_log: ReadLog
    ) -> None:
        self.id = lane
        self._database = database
        self._tables = tables
        self._applier = applier
        self._read_log = read_log
        self._busy = asyncio.Lock()
        self._arrived: dict[int, Envelope] = {}
        self._blamed_at, self._blamed = 0, 0

    async def deliver(self, event: Envelope) -> None:
        """Apply an event the broker brought, with all that is before it. Returns once it is applied, parked or known.

        Raises what the database raises while it is away, SidecarError when a gap cannot be pulled, SourceLost.
        """
        self._arrived[event.position] = event
        try:
            async with self._busy:
                if event.position in self._arrived:
                    await self._drain()
        finally:
            self._arrived.pop(event.position, None)

    async def pull(self) -> None:
        """Apply whatever the source has beyond the cursor. Raises as `deliver` does."""
        async with self._busy:
            while await self._pull_page():
                pass

    async def _drain(self) -> None:
        """Apply what arrived while it joins on to the cursor; a gap is pulled from the source."""
        cursor = await self._read_cursor()
        while self._arrived:
            for position in [p for p in self._arrived if p <= cursor.position]:
                del self._arrived[position]
            batch = self._joining(cursor)
            if batch:
                try:
                    await self._apply(batch)
                except _Gap:
                    logger.debug("another replica moved %s meanwhile", self.id)
            elif self._arrived:
                beyond = list(self._arrived)
                if not await self._pull_page():
                    # These are beyond all the source has: another epoch's, or forged. They are not ours to keep.
                    for position in beyond:
                        self._arrived.pop(position, None)
            cursor = await self._read_cursor()

    def _joining(self, cursor: Row[Any]) -> list[Envelope]:
        batch: list[Envelope] = []
        position = cursor.position + 1
        while (event := self._arrived.get(position)) is not None and event.epoch == cursor.epoch:
            batch.append(event)
            position += 1
        return batch

    async def _pull_page(self) -> bool:
        """Read one page after the cursor and apply it. False when there was nothing."""
        cursor = await self._read_cursor()
        page = await self._read_log(self.id.source, cursor.position)
        if page.epoch != cursor.epoch:
            await self._adopt(page)
        if not page.events:
            return False
        try:
            await self._apply(page.events)
        except _Gap:
            logger.debug("another replica moved %s meanwhile", self.id)
        return True

    async def _adopt(self, page: LogPage) -> None:
        async with self._database.transaction() as session:
            cursor = await self._lock_cursor(session)
            if cursor.position > page.epoch_start and cursor.epoch is not None:
                raise SourceLost(
                    f"{self.id.source} now is epoch {page.epoch}, which began at {page.epoch_start}, but "
                    f"{self.id.consumer} has applied up to {cursor.position} of epoch {cursor.epoch}. "
                    f"Restore {self.id.consumer} to the same time, then empty Redis; nothing is applied until then."
                )
            await session.execute(self._cursor_update().values(epoch=page.epoch))

    async def _apply(self, events: Sequence[Envelope]) -> None:
        """One page in one commit; if it fails, one by one, and the one that fails alone is parked."""
        try:
            await self._commit(events)
        except _Gap:
            raise
        except Exception as error:
            if is_infrastructure(error) and self._patient_at(events[0].position):
                raise
            for event in events:
                await self._apply_alone(event)

    async def _apply_alone(self, event: Envelope) -> None:
        try:
            await self._commit([event])
        except _Gap:
            raise
        except Exception as error:
            if is_infrastructure(error) and self._patient_at(event.position):
                raise
            logger.error(  # noqa: TRY400 - a validation error is shown without what it quotes
                "%s at %s/%d of key %s failed and is parked, to be tried again: %s",
                event.type,
                event.source,
                event.position,
                event.key,
                reason_of(error),
                exc_info=None if isinstance(error, ValidationError) else error,
            )
            await self._park(event, error)

    def _patient_at(self, position: int) -> bool:
        """Whether to blame the infrastructure (again) for a failure here. In the end it is the event: a handler whose
        statement always runs into a time-out must not hold up the lane for ever.
        """
        if self._blamed_at != position:
            self._blamed_at, self._blamed = position, 0
        self._blamed += 1
        return self._blamed <= PATIENCE

    async def _commit(self, events: Sequence[Envelope]) -> None:
        async with self._database.transaction() as session:
            cursor = await self._lock_cursor(session)
            fresh = self._fresh(cursor, events)
            if not fresh:
                return
            await self._applier.apply(session, self.id.consumer, cursor, fresh)
            await self._advance(session, fresh[-1].position)
        self._applier.wake()

    async def _park(self, event: Envelope, error: Exception) -> None:
        async with self._database.transaction() as session:
            cursor = await self._lock_cursor(session)
            if not self._fresh(cursor, [event]):
                return
            row = parked_row(self.id.consumer, event, state="retrying", reason=reason_of(error), tries=1)
            await session.execute(insert(self._tables.parked).values(row))
            await self._advance(session, event.position)

    @staticmethod
    def _fresh(cursor: Row[Any], events: Sequence[Envelope]) -> list[Envelope]:
        fresh = [event for event in events if event.position > cursor.position]
        if fresh and fresh[0].position != cursor.position + 1:
            raise _Gap
        return fresh

    async def _advance(self, session: AsyncSession, position: int) -> None:
        cursor = self._tables.cursor
        await session.execute(self._cursor_update().values(position=position, version=cursor.c.version + 1, tries=0))

    async def _read_cursor(self) -> Row[Any]:
        async with self._database.reading() as connection:
            return (await connection.execute(self._cursor_select())).one()

    async def _lock_cursor(self, session: AsyncSession) -> Row[Any]:
        return (await session.execute(self._cursor_select().with_for_update())).one()

    def _cursor_select(self) -> Any:
        return select(self._tables.cursor).where(*_is(self._tables.cursor, self.id))

    def _cursor_update(self) -> Any:
        return update(self._tables.cursor).where(*_is(self._tables.cursor, self.id))


def _is(table: Table, lane: LaneId) -> tuple[Any, Any]:
    return table.c.consumer == lane.consumer, table.c.source == lane.source
