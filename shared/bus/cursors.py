"""The cursor rows of one consumer: made at first start, joined by backfills of handlers that were added later."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.handlers import Handlers
from shared.bus.lane import LaneId
from shared.db.database import Database
from shared.db.schema import BusTables


class Cursors:
    """How far `service` has come in each source's log."""

    def __init__(self, service: str, database: Database, tables: BusTables) -> None:
        self._service = service
        self._database = database
        self._tables = tables

    async def open(self, handlers: Handlers) -> list[LaneId]:
        """Make what is missing and return every lane: one a source, one more for each type still catching up.

        A new consumer starts at 0 and sees all that ever happened.
        """
        async with self._database.transaction() as session:
            for source in handlers.sources:
                await self._open_source(session, source, handlers.types(source))
            cursor = self._tables.cursor
            rows = await session.execute(
                select(cursor.c.consumer, cursor.c.source).where(cursor.c.source.in_(handlers.sources))
            )
            return [LaneId(consumer=row.consumer, source=row.source) for row in rows]

    async def _open_source(self, session: AsyncSession, source: str, types: list[str]) -> None:
        await self._insert(session, self._service, source, types)
        main = (await session.execute(self._locked(self._service, source))).one()
        for added in sorted(set(types) - set(main.types)):
            await self._insert(session, f"{self._service}/{added}", source, [added])

    async def _insert(self, session: AsyncSession, consumer: str, source: str, types: list[str]) -> None:
        fresh = {"position": 0, "version": 0, "epoch": None, "types": types, "tries": 0}
        row = insert(self._tables.cursor).values(consumer=consumer, source=source, **fresh)
        await session.execute(row.on_conflict_do_nothing())

    async def join(self, lane: LaneId) -> bool:
        """Let a backfill lane's type join the main lane where both stand at one position. True when the lane is over."""
        cursor, parked = self._tables.cursor, self._tables.parked
        _, _, added = lane.consumer.partition("/")
        async with self._database.transaction() as session:
            main = (await session.execute(self._locked(self._service, lane.source))).one()
            own = (await session.execute(self._locked(lane.consumer, lane.source))).one_or_none()
            if own is None:
                return True  # another replica joined it
            if own.position != main.position:
                return False
            here = (cursor.c.consumer == self._service, cursor.c.source == lane.source)
            joined = {"types": func.array_append(cursor.c.types, added), "version": cursor.c.version + 1}
            await session.execute(update(cursor).where(*here).values(joined))
            waiting = (parked.c.consumer == lane.consumer, parked.c.source == lane.source)
            await session.execute(update(parked).where(*waiting).values(consumer=self._service))
            over = (cursor.c.consumer == lane.consumer, cursor.c.source == lane.source)
            await session.execute(delete(cursor).where(*over))
            return True

    def _locked(self, consumer: str, source: str) -> Any:
        cursor = self._tables.cursor
        return select(cursor).where(cursor.c.consumer == consumer, cursor.c.source == source).with_for_update()
