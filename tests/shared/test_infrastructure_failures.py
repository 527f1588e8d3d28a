"""What is the database's fault is tried again; what is the statement's or the handler's is parked."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from shared.db.database import Database, is_infrastructure
from tests.running import FakeLog
from tests.shared.probe import Probe, registered, somebody_waits, started, tables, until


async def test_an_exhausted_pool_is_nobody_elses_fault(probe_url: URL) -> None:
    database = Database(probe_url.render_as_string(hide_password=False), password=str(probe_url.password), pool_size=1)
    database.engine.pool._timeout = 0.05  # type: ignore[attr-defined]  # five seconds are too long for a test
    async with database.reading():
        with pytest.raises(Exception, match="QueuePool limit") as failed:
            async with database.reading():
                pass
    assert is_infrastructure(failed.value)
    await database.close()


async def test_a_lock_that_is_not_given_in_time_is_infrastructure(database: Database) -> None:
    async with database.transaction() as holder:
        await holder.execute(text("lock table probe.effect"))
        with pytest.raises(DBAPIError, match="lock timeout") as failed:
            await _lock_within_50_ms(database)
    assert is_infrastructure(failed.value)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("insert into probe.head values (false, 0, 'x', 0)", IntegrityError),
        ("select * from probe.nothing", ProgrammingError),
    ],
)
async def test_a_wrong_statement_is_not(database: Database, statement: str, error: type[Exception]) -> None:
    with pytest.raises(error) as failed:
        async with database.transaction() as session:
            await session.execute(text(statement))
    assert not is_infrastructure(failed.value)


async def test_a_database_that_refuses_parks_nothing(probe: Probe, log: FakeLog, database: Database) -> None:
    event = log.append(registered(), actor=None)
    async with started(probe):
        async with database.transaction() as holder:
            await holder.execute(text("lock table probe.effect"))
            delivery = asyncio.create_task(probe.bus.deliver(event))
            while not delivery.done():  # a pull of the probe may be first
                await until(lambda: _waiting_or(delivery, database), "somebody waits for the lock")
                await holder.execute(text(CANCEL))  # as a server does that shuts down: SQLSTATE 57014
                await asyncio.wait([delivery], timeout=0.1)
            with pytest.raises(DBAPIError) as failed:
                await delivery
        assert is_infrastructure(failed.value)
        await probe.bus.deliver(event)
    assert await probe.rows(tables.parked) == []
    assert len(await probe.effects()) == 1


CANCEL = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


async def _lock_within_50_ms(database: Database) -> None:
    async with database.transaction() as waiter:
        await waiter.execute(text("set local lock_timeout = '50ms'"))
        await waiter.execute(text("lock table probe.effect"))


async def _waiting_or(done: asyncio.Task[None], database: Database) -> bool:
    return done.done() or await somebody_waits(database)
