"""Every replica follows its own tables, whichever replica received the event."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import URL, BigInteger, Column, Table, Uuid, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from shared.bus.cursors import Cursors
from shared.bus.envelope import Envelope
from shared.bus.handlers import Delivery, Handlers
from shared.bus.source import Source
from shared.bus.tail import OwnLogTail, ProjectionTail
from shared.events.auth import UserCreated
from tests.fakes import FakeSidecar
from tests.running import FakeLog
from tests.shared.conftest import connect
from tests.shared.probe import Probe, ProbeUow, metadata, registered, tables, until

projection = Table(
    "projection",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
)


class StampingUow(ProbeUow):
    """Writes a projection whose rows carry the version they were written with."""

    def bind(self, session: AsyncSession) -> None:
        self._session_of_projection = session

    async def stamp(self, event: UserCreated, delivery: Delivery) -> None:
        row = insert(projection).values(user_id=event.user_id, version=delivery.version)
        again = row.on_conflict_do_update(index_elements=["user_id"], set_={"version": delivery.version})
        await self._session_of_projection.execute(again)


class Cache:
    """A replica's memory of the projection, with how often it had to look."""

    def __init__(self, probe: Probe) -> None:
        self.users: set[Any] = set()
        self._probe = probe

    async def changed(self, after: int) -> None:
        async with self._probe.database.reading() as connection:
            rows = await connection.execute(select(projection.c.user_id).where(projection.c.version > after))
            self.users |= set(rows.scalars())


async def project(event: UserCreated, delivery: Delivery, uow: StampingUow) -> None:
    async with uow:
        await uow.stamp(event, delivery)


async def test_a_replica_sees_what_another_one_projected(
    probe: Probe, probe_url: URL, sidecar: FakeSidecar, log: FakeLog
) -> None:
    await _create_projection(probe_url)
    database = connect(probe_url)
    other = Probe(database, sidecar)
    cache = Cache(other)
    handlers = Handlers()
    handlers.on(UserCreated, keeps=())(project)
    known = log.append(registered(), actor=None)
    await probe.bus.start(handlers, partial(StampingUow, probe.bus.writing))
    await probe.bus.deliver(known)
    await other.bus.start(Handlers(), other.uow, [ProjectionTail(of="auth", changed=cache.changed)])
    try:
        await until(lambda: _holds(cache, log), "what was there at the start")
        for _ in range(3):
            await probe.bus.deliver(log.append(registered(), actor=None))
            await until(lambda: _holds(cache, log), "what came afterwards")
    finally:
        await probe.bus.stop()
        await other.bus.stop()
        await database.close()


async def test_a_replica_hears_what_another_one_stated(probe: Probe, probe_url: URL, sidecar: FakeSidecar) -> None:
    database = connect(probe_url)
    other = Probe(database, sidecar)
    loaded: list[int] = []
    heard: list[int] = []

    async def load() -> None:
        loaded.append(len(heard))

    async def hear(events: Sequence[Envelope]) -> None:
        heard.extend(event.position for event in events)

    await probe.bus.start(Handlers(), probe.uow)
    await probe.emit(registered())
    await until(lambda: _head(probe, 1), "logged before the other replica starts")
    await other.bus.start(Handlers(), other.uow, [OwnLogTail(load=load, heard=hear)])
    try:
        await until(lambda: _loaded(loaded), "loaded once")
        await probe.emit(registered(), registered())
        await until(lambda: _heard(heard, [2, 3]), "heard")
    finally:
        await probe.bus.stop()
        await other.bus.stop()
        await database.close()
    assert loaded == [0]


async def test_a_replica_loads_again_what_it_followed_when_its_database_was_restored(probe: Probe) -> None:
    loaded: list[int] = []
    heard: list[int] = []

    async def load() -> None:
        loaded.append(len(heard))

    async def hear(events: Sequence[Envelope]) -> None:
        heard.extend(event.position for event in events)

    source = Source("probe", probe.database, tables, epoch=text("select 'one'"))
    await source.open()
    worker = OwnLogTail(load=load, heard=hear).worker(source, Cursors("probe", probe.database, tables))
    await worker.work()
    await probe.emit(registered(), registered())
    await source.assign()
    await worker.work()
    async with probe.database.transaction() as session:
        await session.execute(delete(tables.log))
        await session.execute(update(tables.head).values(position=0))
    restored = Source("probe", probe.database, tables, epoch=text("select 'two'"))
    await restored.open()
    for _ in range(2):
        await worker.work()
    await probe.emit(registered())
    await restored.assign()
    await worker.work()
    assert (loaded, heard) == ([0, 2], [1, 2, 1])


async def _create_projection(url: URL) -> None:
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(partial(metadata.create_all, tables=[projection]))
    await engine.dispose()


async def _holds(cache: Cache, log: FakeLog) -> bool:
    return {str(user) for user in cache.users} == {event.key for event in log.events}


async def _head(probe: Probe, position: int) -> bool:
    return await probe.bus.source.head() == position


async def _loaded(loaded: list[int]) -> bool:
    return bool(loaded)


async def _heard(heard: list[int], expected: list[int]) -> bool:
    return heard == expected
