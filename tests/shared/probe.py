"""A service as small as possible, to try the bus on: its effect is a row per event, in the order they were applied."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Table, Text, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from shared.bus.bus import Bus
from shared.bus.handlers import Delivery, Handlers
from shared.bus.unit_of_work import SqlUnitOfWork
from shared.db.database import Database
from shared.db.schema import bus_tables, service_metadata
from shared.events.auth import EmailVerified, UserCreated
from shared.events.event import Event
from tests.fakes import FakeSidecar

metadata = service_metadata("probe")
effect = Table(
    "effect",
    metadata,
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False),
    Column("text", Text, nullable=False),
)
tables = bus_tables(metadata)

SECONDS = 10


class ProbeUow(SqlUnitOfWork):
    """A unit of work whose one repository appends effects."""

    def bind(self, session: AsyncSession) -> None:
        """Keep the session to write with."""
        self._open = session

    async def append(self, key: str, text: str | None) -> None:
        """Write an effect."""
        await self._open.execute(insert(effect).values(key=key, text=text))


class Probe:
    """The service: handlers that record, and that fail as often as a test says."""

    def __init__(self, database: Database, sidecar: FakeSidecar) -> None:
        self.database = database
        self.sidecar = sidecar
        self.failures: dict[str, int] = {}
        self.handlers = Handlers()
        self.handlers.on(UserCreated, keeps=())(self.record)
        self.bus = Bus("probe", database, tables, sidecar)
        self.uow: Callable[..., ProbeUow] = partial(ProbeUow, self.bus.writing)

    async def record(self, event: Any, delivery: Delivery, uow: ProbeUow) -> None:
        """Write what happened; emit a fact of our own; then fail, if the test wants it."""
        async with uow:
            await uow.append(event.key, f"{delivery.source}/{delivery.position}")
            uow.emit(EmailVerified(user_id=event.user_id))
        if self.failures.get(event.key, 0) > 0:
            self.failures[event.key] -= 1
            raise RuntimeError("the test says no")

    async def effects(self) -> list[tuple[str, str]]:
        """All effects as (key, text), in the order they were written."""
        async with self.database.reading() as connection:
            rows = await connection.execute(select(effect.c.key, effect.c.text).order_by(effect.c.seq))
            return [(row.key, row.text) for row in rows]

    async def rows(self, table: Table) -> list[Any]:
        """All rows of one of the bus's tables."""
        async with self.database.reading() as connection:
            return list((await connection.execute(select(table))).all())

    async def emit(self, *events: Event, fail: bool = False) -> None:
        """A use case that states facts and commits, or fails before it can."""
        uow = self.uow(actor=None)
        async with uow:
            for event in events:
                uow.emit(event)
            if fail:
                raise RuntimeError("rolled back")


@asynccontextmanager
async def started(probe: Probe, handlers: Handlers | None = None) -> AsyncIterator[Probe]:
    """Run the probe's bus for the length of the block."""
    await probe.bus.start(handlers or probe.handlers, probe.uow)
    try:
        yield probe
    finally:
        await probe.bus.stop()


async def until(condition: Callable[[], Any], what: str) -> None:
    """Wait until `condition` (async) holds; AssertionError with `what` after ten seconds."""
    deadline = asyncio.get_running_loop().time() + SECONDS
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, f"not within {SECONDS} s: {what}"
        await asyncio.sleep(0.02)


def registered(user_id: UUID | None = None) -> UserCreated:
    """Somebody registered."""
    return UserCreated(user_id=user_id or uuid7(), name="Ada", locale="en", timezone="UTC")


async def somebody_waits(database: Database) -> bool:
    """Whether a session of this database waits for a lock."""
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with database.reading() as connection:
        return bool((await connection.execute(text(waiting))).scalar_one())
