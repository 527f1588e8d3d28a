"""The cursor rows of one consumer: made at first start, locked by whoever applies, joined by backfills."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Row,
    Select,
    Text,
    Update,
    any_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.handlers import Handlers
from shared.db.database import Database
from shared.db.schema import BusTables
from shared.events.event import fact_of


@dataclass(frozen=True, kw_only=True)
class LaneId:
    """`consumer` is the service, or `<service>/<fact>` while a handler added later catches up; `source` whose log it reads."""

    consumer: str
    source: str

    @property
    def service(self) -> str:
        """The consuming service."""
        return self.consumer.partition("/")[0]

    @property
    def backfills(self) -> str | None:
        """The fact a backfill is for, None for the main lane."""
        return self.consumer.partition("/")[2] or None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a lane stands. `facts` are those the main lane answers for; `version` is what the next commit will carry;
    `limit` is how far a backfill may go: to where the main lane stands, which it `meets` only in the same epoch. `held`
    are the keys, of those that were asked about, which have a parked event of the lane's source.
    """

    position: int
    epoch: str | None
    facts: frozenset[str]
    version: int
    limit: int | None = None
    meets: bool = False
    held: frozenset[str] = frozenset()

    def reaches(self, position: int) -> bool:
        """Whether a lane may go as far as `position` now."""
        return self.limit is None or position <= self.limit


class LaneOver(Exception):
    """The backfill has joined the main lane: there is nothing left to do for it."""


class Cursors:
    """How far `service` has come in each source's log."""

    def __init__(self, service: str, database: Database, tables: BusTables) -> None:
        self._service = service
        self._database = database
        self._cursor = tables.cursor
        self._parked = tables.parked
        # Made once: to put a statement together takes longer than to run it.
        self._held = _held(tables)
        self._locked = _locked(tables)
        self._moved = _moved(tables)

    async def open(self, handlers: Handlers) -> list[LaneId]:
        """Make what is missing and return every lane: one a source, one more for each fact still catching up.

        A new consumer starts at 0 and sees all that ever happened.
        """
        async with self._database.transaction() as session:
            for source in handlers.sources:
                await self._open_source(session, source, handlers.types(source))
            known = select(self._cursor.c.consumer, self._cursor.c.source)
            rows = await session.execute(known.where(self._cursor.c.source.in_(handlers.sources)))
            lanes = [LaneId(consumer=row.consumer, source=row.source) for row in rows]
        # What only another release can handle is left to it.
        return [lane for lane in lanes if not lane.backfills or lane.backfills in handlers.facts(lane.source)]

    async def _open_source(self, session: AsyncSession, source: str, types: list[str]) -> None:
        main = LaneId(consumer=self._service, source=source)
        await self._insert(session, main, types)
        row = (await session.execute(self._select(main).with_for_update())).one()
        joined = {fact_of(joined) for joined in row.types}
        for added in types:
            if fact_of(added) not in joined:
                backfill = LaneId(consumer=f"{self._service}/{fact_of(added)}", source=source)
                await self._insert(session, backfill, [added])

    async def _insert(self, session: AsyncSession, lane: LaneId, types: list[str]) -> None:
        fresh = {"position": 0, "version": 0, "epoch": None, "types": types, "tries": 0}
        row = insert(self._cursor).values(consumer=lane.consumer, source=lane.source, **fresh)
        await session.execute(row.on_conflict_do_nothing())

    async def read(self, lane: LaneId) -> Place:
        """Where the lane stands, without a lock: it may move at any moment. LaneOver after a backfill's end."""
        both = self._cursor.c.consumer.in_({lane.consumer, lane.service})
        async with self._database.reading() as connection:
            rows = await connection.execute(select(self._cursor).where(both, self._cursor.c.source == lane.source))
        places = {row.consumer: row for row in rows}
        if lane.consumer not in places:
            raise LaneOver
        return _place(places[lane.consumer], places[lane.service])

    async def lock(self, session: AsyncSession, lane: LaneId, keys: Collection[str] = ()) -> Place:
        """Lock the lane until the transaction ends, and look which of `keys` are held. LaneOver after a backfill's end.

        A backfill locks the service's own cursor first: all that changes projections queues up there and raises its version.
        """
        asked = {"lane": lane.service, "of": lane.source, "keys": list(keys)}
        main = (await session.execute(self._locked, asked)).one()
        held = main.held
        if main.version != main.seen:  # it waited for another replica, which may have parked or applied meanwhile
            held = (await session.execute(self._held, asked)).scalar_one()
        if not lane.backfills:
            return _place(main, main, held)
        own = (await session.execute(self._select(lane).with_for_update())).one_or_none()
        if own is None:
            raise LaneOver
        return _place(own, main, held)

    async def move(self, session: AsyncSession, lane: LaneId, place: Place, to: int) -> bool:
        """Under the lock that gave `place`: stand at `to`. True if a backfill has thereby met the main lane and joined it."""
        if place.limit is None:
            await session.execute(self._moved, {"lane": lane.consumer, "of": lane.source, "to": to})
            return False
        await self.touch(session, lane)
        if place.meets and to >= place.limit:
            await self._join(session, lane)
            return True
        await session.execute(self._update(lane).values(position=to, tries=0))
        return False

    async def touch(self, session: AsyncSession, lane: LaneId) -> None:
        """Raise the version of the service's cursor: projections may have changed."""
        await session.execute(self._update(self._main(lane)).values(version=self._cursor.c.version + 1))

    async def _join(self, session: AsyncSession, lane: LaneId) -> None:
        added = (await session.execute(self._select(lane))).one().types
        types = func.array_cat(self._cursor.c.types, added)
        await session.execute(self._update(self._main(lane)).values(types=types))
        waiting = (self._parked.c.consumer == lane.consumer, self._parked.c.source == lane.source)
        await session.execute(update(self._parked).where(*waiting).values(consumer=lane.service))
        await session.execute(delete(self._cursor).where(*self._is(lane)))

    async def adopt(self, session: AsyncSession, lane: LaneId, epoch: str) -> None:
        """Go on in another epoch of the source, from where the lane stands."""
        await session.execute(self._update(lane).values(epoch=epoch))

    @asynccontextmanager
    async def attempt(self, lane: LaneId) -> AsyncIterator[int]:
        """Put an attempt on record before it is made: yields how many there were at this position, this one included.

        Should the process die in the block, the count stays; whatever else ends the block takes it back, as `move` does.
        Nobody else can count an attempt at the same time, so a count above one means that a process has died.
        """
        async with self._database.transaction() as session:
            await self.take_turn(session, lane)
            await session.execute(
                text("set local idle_in_transaction_session_timeout = '60s'")
            )  # the page takes its time
            tries = await self._count(lane, +1)
            try:
                yield tries
            except BaseException:
                # If the database is away the count stays one too high: three are needed before anything is concluded.
                with suppress(Exception):
                    await self._count(lane, -1)
                raise

    @staticmethod
    async def take_turn(session: AsyncSession, lane: LaneId) -> None:
        """Wait for the turn of this service's attempts: one at a time, for when a process dies it must be clear of what.

        The lock belongs to the transaction: a dead process leaves none behind, behind a pooler neither.
        """
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lane.service, 0))))

    async def _count(self, lane: LaneId, change: int) -> int:
        counted = self._update(lane).values(tries=func.greatest(self._cursor.c.tries + change, 0))
        async with self._database.transaction() as session:
            row = (await session.execute(counted.returning(self._cursor.c.tries))).one_or_none()
        if row is None:
            raise LaneOver
        return int(row.tries)

    @staticmethod
    def _main(lane: LaneId) -> LaneId:
        return LaneId(consumer=lane.service, source=lane.source)

    def _select(self, lane: LaneId) -> Any:
        return select(self._cursor).where(*self._is(lane))

    def _update(self, lane: LaneId) -> Any:
        return update(self._cursor).where(*self._is(lane))

    def _is(self, lane: LaneId) -> tuple[Any, Any]:
        return self._cursor.c.consumer == lane.consumer, self._cursor.c.source == lane.source


def _asked(cursor: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return cursor.c.consumer == bindparam("lane"), cursor.c.source == bindparam("of")


def _held(tables: BusTables) -> Select[Any]:
    """Which of the asked keys have a parked event: one array."""
    parked = tables.parked
    asked = parked.c.key == any_(bindparam("keys", type_=ARRAY(Text)))
    keys = select(parked.c.key).distinct().where(parked.c.source == bindparam("of"), asked)
    return select(func.array(keys.scalar_subquery(), type_=ARRAY(Text)).label("held"))


def _locked(tables: BusTables) -> Select[Any]:
    """The cursor as it is under its lock; which keys were held, and the version they belong to, before it was waited for."""
    before = tables.cursor.alias()
    seen = select(before.c.version).where(*_asked(before)).scalar_subquery().label("seen")
    held = _held(tables).scalar_subquery().label("held")
    return select(tables.cursor, seen, held).where(*_asked(tables.cursor)).with_for_update(of=tables.cursor)


def _moved(tables: BusTables) -> Update:
    cursor = tables.cursor
    to = {"position": bindparam("to", type_=BigInteger), "tries": 0, "version": cursor.c.version + 1}
    return update(cursor).where(*_asked(cursor)).values(to)


def _place(own: Row[Any], main: Row[Any], held: Collection[str] = ()) -> Place:
    return Place(
        position=own.position,
        epoch=own.epoch,
        facts=frozenset(fact_of(joined) for joined in own.types),
        version=main.version + 1,
        limit=main.position if own is not main else None,
        meets=own.epoch == main.epoch,
        held=frozenset(held),
    )
