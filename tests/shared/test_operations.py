"""A person works with a bus: sees where it stands, has parked events tried again in order, skips one for good."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update
from uuid_utils.compat import uuid7

from shared.bus.envelope import Envelope
from shared.bus.operations import NoParkedId, NotParked, Operations, ParkedId, ReasonRefused
from shared.bus.parked import parked_row
from shared.db.database import Database
from tests.running import FakeLog
from tests.shared.probe import Probe, registered, started, tables, until

BACKFILL = "probe/auth.user-created"
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def operations(database: Database) -> Operations:
    return Operations("probe", database, tables)


async def park(
    probe: Probe, event: Envelope, *, consumer: str = "probe", state: str = "dead", tries: int = 8
) -> ParkedId:
    """Park an event as a failure of long ago would, not due for a long time."""
    row = {**parked_row(consumer, event, state=state, reason="RuntimeError: no", tries=tries), "next_try_at": FAR}
    async with probe.database.transaction() as session:
        await session.execute(insert(tables.parked).values(row))
    return ParkedId(consumer=consumer, source=event.source, position=event.position)


async def versions(probe: Probe) -> dict[str, int]:
    return {row.consumer: row.version for row in await probe.rows(tables.cursor)}


async def add_cursor(probe: Probe, *, position: int = 0) -> None:
    types = ["auth.user-created.v1"]
    row = {"position": position, "version": 0, "epoch": "test-1", "types": types, "tries": 0}
    async with probe.database.transaction() as session:
        await session.execute(insert(tables.cursor).values(consumer="probe", source="auth", **row))


async def test_the_overview_says_where_everything_stands(probe: Probe, log: FakeLog, operations: Operations) -> None:
    ada = uuid7()
    probe.failures[str(ada)] = 1000
    log.append(registered(ada), actor=None)
    last = log.append(registered(), actor=None)
    async with started(probe):
        await probe.bus.deliver(last)
        await until(lambda: _assigned(probe, 1), "what the handler emitted is in the log")
        seen = await operations.overview()
    assert (seen.service, seen.head.position, seen.head.epoch_start) == ("probe", 1, 0)
    assert (seen.outbox.rows, seen.outbox.oldest_seconds) == (0, None)
    (cursor,) = seen.cursors
    assert (cursor.consumer, cursor.source, cursor.position, cursor.epoch) == ("probe", "auth", 2, "test-1")
    assert cursor.types == ["auth.user-created.v1"]
    assert [(count.consumer, count.source, count.state, count.events) for count in seen.parked] == [
        ("probe", "auth", "retrying", 1)
    ]
    assert seen.skipped == 0


async def test_a_lane_that_stopped_is_said_to_have(probe: Probe, log: FakeLog, operations: Operations) -> None:
    await add_cursor(probe, position=5)
    log.append(registered(), actor=None)

    async def has_stopped() -> bool:
        return (await operations.overview()).cursors[0].stopped

    async with started(probe):
        await until(has_stopped, "the source has less than was applied")


async def test_an_outbox_that_nobody_empties_grows_old(probe: Probe, operations: Operations) -> None:
    await probe.bus.source.open()
    await probe.emit(registered(), registered())
    async with probe.database.transaction() as session:
        await session.execute(update(tables.outbox).values(at=datetime.now(UTC) - timedelta(seconds=90)))
    outbox = (await operations.overview()).outbox
    assert outbox.rows == 2
    assert outbox.oldest_seconds is not None
    assert 90 <= outbox.oldest_seconds < 180


async def test_parked_events_come_in_pages_and_say_how_many_are_before_them(
    probe: Probe, log: FakeLog, operations: Operations
) -> None:
    ada, brian = uuid7(), uuid7()
    keys = [ada, brian, ada, ada]
    for key in keys:
        await park(probe, log.append(registered(key), actor=None))
    pages = [await operations.parked(limit=3)]
    assert pages[0].next is not None
    pages.append(await operations.parked(limit=3, after=ParkedId.parse(pages[0].next)))
    assert pages[1].next is None
    items = [item for page in pages for item in page.items]
    assert [(item.id, item.key, item.behind) for item in items] == [
        (f"probe/auth/{n}", str(key), behind)
        for n, (key, behind) in enumerate(zip(keys, [0, 0, 1, 2], strict=True), start=1)
    ]
    assert (items[0].state, items[0].tries, items[0].reason) == ("dead", 8, "RuntimeError: no")


async def test_a_full_last_page_has_no_next(probe: Probe, log: FakeLog, operations: Operations) -> None:
    for _ in range(2):
        await park(probe, log.append(registered(), actor=None))
    assert (await operations.parked(limit=2)).next is None


async def test_parked_events_can_be_asked_for_by_state(probe: Probe, log: FakeLog, operations: Operations) -> None:
    for state in ("retrying", "waiting", "dead"):
        await park(probe, log.append(registered(), actor=None), state=state)
    assert [item.id for item in (await operations.parked(state="dead")).items] == ["probe/auth/3"]


async def test_what_is_shown_holds_nothing_of_the_event(probe: Probe, log: FakeLog, operations: Operations) -> None:
    parked = await park(probe, log.append(registered(), actor=uuid7()))
    shown = (await operations.parked()).model_dump_json()
    await operations.skip(parked, actor=uuid7(), reason="a test")
    shown += (await operations.skipped()).model_dump_json()
    for told in ("Ada", "data", "actor"):
        assert told not in shown


async def test_redriving_any_event_of_a_key_has_all_of_them_applied_in_order(
    probe: Probe, log: FakeLog, operations: Operations
) -> None:
    ada = uuid7()
    parked = [await park(probe, log.append(registered(ada), actor=None), tries=8) for _ in range(3)]
    other = await park(probe, log.append(registered(), actor=None))
    await add_cursor(probe, position=4)
    async with started(probe):
        redriven = await operations.redrive(parked[2])
        assert (redriven.first, redriven.key, redriven.events) == (str(parked[0]), str(ada), 3)
        await until(lambda: _effects(probe, 3), "the key is applied")
    assert [text for _, text in await probe.effects()] == ["auth/1", "auth/2", "auth/3"]
    assert [row.position for row in await probe.rows(tables.parked)] == [other.position]


async def test_redriving_reaches_a_backfills_events_and_starts_the_tries_anew(
    probe: Probe, log: FakeLog, operations: Operations
) -> None:
    ada = uuid7()
    first = await park(probe, log.append(registered(ada), actor=None), consumer=BACKFILL, state="retrying")
    second = await park(probe, log.append(registered(ada), actor=None))
    assert (await operations.redrive(second)).first == str(first) == "probe/auth.user-created/auth/1"
    now = datetime.now(UTC)
    for row in await probe.rows(tables.parked):
        assert (row.state, row.tries) == ("retrying", 0)
        assert row.next_try_at <= now


async def test_redriving_what_waits_for_a_handler_lets_it_wait_but_be_looked_at(
    probe: Probe, log: FakeLog, operations: Operations
) -> None:
    parked = await park(probe, log.append(registered(), actor=None), state="waiting")
    await operations.redrive(parked)
    (row,) = await probe.rows(tables.parked)
    assert row.state == "waiting"
    assert row.next_try_at <= datetime.now(UTC)


async def test_a_skipped_event_is_never_applied_and_its_key_goes_on(
    probe: Probe, log: FakeLog, operations: Operations
) -> None:
    ada = uuid7()
    first = await park(probe, log.append(registered(ada), actor=None))
    last = log.append(registered(ada), actor=None)
    await add_cursor(probe, position=1)
    async with started(probe):
        await probe.bus.deliver(last)
        assert await probe.effects() == []
        await operations.skip(first, actor=uuid7(), reason="gone")
        await until(lambda: _effects(probe, 1), "the key goes on")
    assert [text for _, text in await probe.effects()] == ["auth/2"]
    assert await probe.rows(tables.parked) == []


async def test_a_skip_keeps_the_event_and_who_did_it_and_why(
    probe: Probe, log: FakeLog, operations: Operations, caplog: pytest.LogCaptureFixture
) -> None:
    grace, event = uuid7(), log.append(registered(), actor=None)
    parked = await park(probe, event)
    shown = await operations.skip(parked, actor=grace, reason="  a test\n account, gone since ")
    (kept,) = await probe.rows(tables.skipped)
    assert Envelope.model_validate(kept.event) == event
    assert (kept.consumer, kept.source, kept.position, kept.key) == ("probe", "auth", 1, event.key)
    assert (kept.state, kept.tries, kept.reason) == ("dead", 8, "RuntimeError: no")
    assert (kept.skipped_by, kept.why) == (grace, "a test account, gone since")
    assert (await operations.skipped()).items == [shown]
    assert await probe.rows(tables.parked) == []
    (line,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    for told in (str(grace), "probe/auth/1", "auth.user-created.v1", event.key, "a test account, gone since"):
        assert told in line.getMessage()


async def test_skipped_events_come_newest_first_in_pages(probe: Probe, log: FakeLog, operations: Operations) -> None:
    for _ in range(3):
        parked = await park(probe, log.append(registered(), actor=None))
        await operations.skip(parked, actor=uuid7(), reason="gone")
    first = await operations.skipped(limit=2)
    second = await operations.skipped(limit=2, after=int(first.next or 0))
    assert [item.id for item in (*first.items, *second.items)] == ["probe/auth/3", "probe/auth/2", "probe/auth/1"]
    assert second.next is None


async def test_the_same_event_can_be_skipped_again_when_a_log_is_read_again(
    probe: Probe, log: FakeLog, operations: Operations
) -> None:
    event = log.append(registered(), actor=None)
    for _ in range(2):
        await operations.skip(await park(probe, event), actor=uuid7(), reason="gone")
    assert len(await probe.rows(tables.skipped)) == 2


async def test_a_skip_without_a_reason_in_words_is_refused(probe: Probe, log: FakeLog, operations: Operations) -> None:
    parked = await park(probe, log.append(registered(), actor=None))
    for reason in ("", "  \n ", "x" * 1001, "a\x00b", "\ud800"):
        with pytest.raises(ReasonRefused) as refused:
            await operations.skip(parked, actor=uuid7(), reason=reason)
        assert refused.value.field == "body.reason"
    assert len(await probe.rows(tables.parked)) == 1


async def test_what_is_not_parked_is_neither_redriven_nor_skipped(probe: Probe, operations: Operations) -> None:
    await add_cursor(probe)
    missing = ParkedId.parse("probe/auth/7")
    with pytest.raises(NotParked, match="probe/auth/7"):
        await operations.redrive(missing)
    with pytest.raises(NotParked, match="probe/auth/7"):
        await operations.skip(missing, actor=uuid7(), reason="gone")
    assert await versions(probe) == {"probe": 0}


@pytest.mark.parametrize(
    "text",
    ["", "auth/1", "probe/auth/0", "probe/auth/x", "probe/auth/1/", "a/b/c/auth/1", "p/a/9" + "9" * 18, "p/\x00/1"],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(NoParkedId):
        ParkedId.parse(text)


@pytest.mark.parametrize("text", ["activity/auth/14", "notifications/auth.user-created/auth/3"])
def test_an_id_is_read_as_it_is_printed(text: str) -> None:
    parsed = ParkedId.parse(text)
    assert str(parsed) == text
    assert parsed.source == "auth"


@pytest.mark.parametrize("act", ["redrive", "skip"])
async def test_acting_waits_for_the_lane_and_raises_its_version(
    probe: Probe, log: FakeLog, operations: Operations, act: str
) -> None:
    await add_cursor(probe)
    parked = await park(probe, log.append(registered(), actor=None))
    async with probe.database.transaction() as session:
        mine = select(tables.cursor).where(tables.cursor.c.consumer == "probe").with_for_update()
        await session.execute(mine)
        acting = asyncio.create_task(_act(operations, act, parked, uuid7()))
        await until(lambda: _somebody_waits(probe), "the other transaction waits for the lane")
        assert len(await probe.rows(tables.parked)) == 1
        assert (await probe.rows(tables.parked))[0].state == "dead"
    await acting
    assert await versions(probe) == {"probe": 1}


async def _act(operations: Operations, act: str, parked: ParkedId, actor: UUID) -> Any:
    if act == "redrive":
        return await operations.redrive(parked)
    return await operations.skip(parked, actor=actor, reason="gone")


async def _somebody_waits(probe: Probe) -> bool:
    waiting = text("select 1 from pg_locks where not granted")
    async with probe.database.reading() as connection:
        return (await connection.execute(waiting)).first() is not None


async def _assigned(probe: Probe, count: int) -> bool:
    return len(await probe.rows(tables.log)) == count


async def _effects(probe: Probe, count: int) -> bool:
    return len(await probe.effects()) == count
