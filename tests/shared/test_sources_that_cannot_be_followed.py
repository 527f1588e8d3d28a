"""A lane stops, and says so, where going on would lose or double something; it goes on by itself once that is mended."""

import asyncio
import logging

import pytest
from sqlalchemy import delete, insert, select, text, update

from shared.bus.apply import Applier
from shared.bus.cursors import Cursors
from shared.bus.envelope import LogPage
from shared.bus.lane import Lane, SourceLost
from shared.bus.source import LogTrimmed, Source
from shared.db.database import Database
from tests.fakes import FakeSidecar
from tests.running import EPOCH, FakeLog
from tests.shared.probe import Probe, registered, started, tables, until

pytestmark = pytest.mark.thorough


async def test_a_trimmed_log_is_refused_where_it_is_gone_and_read_where_it_is_there(
    probe: Probe, database: Database
) -> None:
    await probe.bus.source.open()
    await probe.emit(*(registered() for _ in range(4)))
    await probe.bus.source.assign()
    async with database.transaction() as session:
        await session.execute(delete(tables.log).where(tables.log.c.position <= 2))
    with pytest.raises(LogTrimmed, match="no longer holds position 2"):
        await probe.bus.source.read(after=1)
    assert [event.position for event in (await probe.bus.source.read(after=2)).events] == [3, 4]
    async with database.transaction() as session:
        await session.execute(delete(tables.log))
    with pytest.raises(LogTrimmed):
        await probe.bus.source.read(after=2)
    assert (await probe.bus.source.read(after=4)).events == []


async def test_a_consumer_of_a_trimmed_log_stops_and_says_what_to_do(
    probe: Probe, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.trimmed = 1
    log.append(registered(), actor=None)
    log.append(registered(), actor=None)
    async with started(probe):
        await until(lambda: _alarmed(caplog, "the log of auth no longer holds position 1"), "alarm")
        assert await probe.effects() == []
        log.trimmed = 0
        await until(lambda: _applied(probe, 2), "goes on after the log was restored")


async def test_a_source_that_ends_before_our_cursor_has_lost_something(
    probe: Probe, log: FakeLog, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    event = log.append(registered(), actor=None)
    async with started(probe):
        await probe.bus.deliver(event)
        log.events.clear()
        await until(lambda: _alarmed(caplog, "auth ends at 0, but probe has applied up to 1"), "alarm")
        async with database.reading() as connection:
            assert (await connection.execute(select(tables.cursor.c.position))).scalar_one() == 1


async def test_a_page_that_is_no_stretch_of_the_log_is_refused_whole(
    probe: Probe, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        log.append(registered(), actor=None)
    whole = list(log.events)
    del log.events[1]
    async with started(probe):
        await until(lambda: _alarmed(caplog, "is not a page of a log"), "alarm")
        assert await probe.effects() == []
        log.events = whole
        await until(lambda: _applied(probe, 3), "goes on with a whole page")


async def test_a_promoted_database_begins_an_epoch_while_the_service_runs(database: Database) -> None:
    past, present = (Source("probe", database, tables, epoch=text(f"select '{name}'")) for name in ("one", "two"))
    await past.open()
    async with database.transaction() as session:
        await session.execute(update(tables.head).values(position=7))
        row = {"type": "auth.user-created.v1", "key": "k", "data": {}, "at": text("now()")}
        await session.execute(insert(tables.outbox).values(id=text("gen_random_uuid()"), **row))
    (moved,) = await present.assign()
    assert (moved.epoch, moved.position) == ("two", 8)
    assert (await past.read(after=7)).epoch_start == 7


async def test_an_epoch_that_began_after_what_we_applied_is_adopted(
    probe: Probe, log: FakeLog, database: Database
) -> None:
    event = log.append(registered(), actor=None)
    async with started(probe):
        await probe.bus.deliver(event)
        log.epoch, log.epoch_start = "test-2", 1
        log.append(registered(), actor=None)
        await until(lambda: _applied(probe, 2), "applied in the new epoch")
        async with database.reading() as connection:
            assert (await connection.execute(select(tables.cursor.c.epoch))).scalar_one() == "test-2"
    assert EPOCH == "test-1"


async def test_what_the_broker_still_brings_of_a_lost_past_is_not_applied(
    probe: Probe, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (log.append(registered(), actor=None) for _ in range(2))
    async with started(probe):
        await probe.bus.deliver(first)
        await until(lambda: _applied(probe, 2), "applied")
        lost = log.append(registered(), actor=None)
        log.events, log.epoch, log.epoch_start = log.events[:1], "restored-2", 1
        await until(lambda: _alarmed(caplog, "now is epoch restored-2, which began at 1"), "alarm")
        with pytest.raises(SourceLost):
            await probe.bus.deliver(lost)
        assert len(await probe.effects()) == 2
    assert second.position == 2


async def test_a_page_of_an_epoch_that_another_replica_has_left_is_read_again(probe: Probe, log: FakeLog) -> None:
    log.append(registered(), actor=None)
    cursors = Cursors("probe", probe.database, tables)
    (lane_id,) = await cursors.open(probe.handlers)
    page_was_read, other_has_adopted = asyncio.Event(), asyncio.Event()

    async def read_slowly(source: str, after: int) -> LogPage:
        page = LogPage.model_validate(await log.read(f"after={after}"))
        page_was_read.set()
        await other_has_adopted.wait()
        return page

    async with probe.database.transaction() as session:
        await cursors.adopt(session, lane_id, EPOCH)
    applier = Applier(probe.handlers, tables, probe.uow, lambda: None)
    pulling = asyncio.create_task(Lane(lane_id, probe.database, tables, applier, read_slowly).pull())
    async with asyncio.timeout(20):
        await page_was_read.wait()
        log.epoch, log.events = "restored-2", []
        restored = log.append(registered(), actor=None)
        async with probe.database.transaction() as session:
            await cursors.adopt(session, lane_id, log.epoch)
        other_has_adopted.set()
        await pulling
    assert await probe.effects() == [(restored.key, "auth/1")]


async def test_a_source_that_is_merely_away_is_no_alarm(
    probe: Probe, log: FakeLog, sidecar: FakeSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.away.add("invoke")
    log.append(registered(), actor=None)
    async with started(probe):
        await until(lambda: _warned(caplog), "a warning")
        sidecar.away.clear()
        await until(lambda: _applied(probe, 1), "applied")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def _alarmed(caplog: pytest.LogCaptureFixture, what: str) -> bool:
    return any(record.levelname == "CRITICAL" and what in record.getMessage() for record in caplog.records)


async def _warned(caplog: pytest.LogCaptureFixture) -> bool:
    return any(record.levelname == "WARNING" and "tried again" in record.getMessage() for record in caplog.records)


async def _applied(probe: Probe, count: int) -> bool:
    return len(await probe.effects()) == count
