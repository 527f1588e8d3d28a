"""T3 and T4: each event of a source has its effect exactly once and in order, whatever the broker and the handlers do."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import URL, insert, update
from uuid_utils.compat import uuid7

from shared.bus.apply import Applier
from shared.bus.cursors import Cursors, LaneId
from shared.bus.handlers import Delivery, Handlers
from shared.bus.lane import PATIENCE
from shared.bus.parked import Parking, parked_row
from shared.db.database import Database
from shared.events.auth import EmailVerified, UserCreated
from tests.fakes import FakeSidecar
from tests.running import FakeLog
from tests.shared.conftest import connect
from tests.shared.probe import Probe, ProbeUow, registered, somebody_waits, started, tables, until


async def test_a_delivered_event_is_applied_with_all_before_it(probe: Probe, log: FakeLog) -> None:
    events = [log.append(registered(), actor=None) for _ in range(3)]
    async with started(probe):
        await probe.bus.deliver(events[2])
        assert [text for _, text in await probe.effects()] == ["auth/1", "auth/2", "auth/3"]


async def test_a_repeated_delivery_has_no_second_effect(probe: Probe, log: FakeLog) -> None:
    event = log.append(registered(), actor=None)
    async with started(probe):
        await asyncio.gather(*(probe.bus.deliver(event) for _ in range(10)))
        await probe.bus.deliver(event)
    assert len(await probe.effects()) == 1


async def test_a_shuffled_delivery_is_applied_in_the_sources_order(probe: Probe, log: FakeLog) -> None:
    events = [log.append(registered(), actor=None) for _ in range(30)]
    async with started(probe):
        await asyncio.gather(*(probe.bus.deliver(event) for event in reversed(events)))
    assert [text for _, text in await probe.effects()] == [f"auth/{n}" for n in range(1, 31)]


async def test_what_the_broker_never_brought_is_pulled(probe: Probe, log: FakeLog) -> None:
    async with started(probe):
        log.append(registered(), actor=None)
        await until(lambda: _effects(probe, 1), "pulled")


async def test_two_replicas_apply_each_event_once(
    probe: Probe, probe_url: URL, sidecar: FakeSidecar, log: FakeLog
) -> None:
    database = connect(probe_url)
    other = Probe(database, sidecar)
    events = [log.append(registered(), actor=None) for _ in range(60)]
    async with started(probe), started(other):
        await asyncio.gather(*(p.bus.deliver(event) for event in events for p in (probe, other)))
        assert [text for _, text in await probe.effects()] == [f"auth/{n}" for n in range(1, 61)]
    await database.close()


async def test_what_a_handler_emits_commits_with_its_effect_and_has_a_stable_id(probe: Probe, log: FakeLog) -> None:
    event = log.append(registered(), actor=None)
    async with started(probe):
        await probe.bus.deliver(event)
        await until(lambda: _rows(probe, "log", 1), "emitted")
    (emitted,) = await probe.rows(tables.log)
    assert emitted.cause == event.id
    assert emitted.id.version == 5


async def test_an_event_that_fails_alone_is_parked_and_its_neighbours_go_on(probe: Probe, log: FakeLog) -> None:
    ada, brian = uuid7(), uuid7()
    probe.failures[str(ada)] = 1000
    log.append(registered(ada), actor=None)
    last = log.append(registered(brian), actor=None)
    async with started(probe):
        await probe.bus.deliver(last)
        assert await probe.effects() == [(str(brian), "auth/2")]
        (parked,) = await probe.rows(tables.parked)
    assert (parked.position, parked.state) == (1, "retrying")
    assert "the test says no" in parked.reason


async def test_why_an_event_was_parked_tells_nothing_of_what_it_holds(
    probe: Probe, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    event = log.append(registered(), actor=None)
    log.events[0] = event = event.model_copy(update={"data": {**event.data, "locale": 7, "name": ["Ada Lovelace"]}})
    async with started(probe):
        await probe.bus.deliver(event)
        (parked,) = await probe.rows(tables.parked)
    assert "name: Input should be a valid string" in parked.reason
    assert "Lovelace" not in parked.reason
    assert "failed and is parked" in caplog.text
    assert "Lovelace" not in caplog.text


async def test_why_the_database_refused_is_kept_without_the_row(probe: Probe, log: FakeLog) -> None:
    handlers = Handlers()

    @handlers.on(UserCreated, keeps=())
    async def refuse(event: UserCreated, delivery: Delivery, uow: ProbeUow) -> None:
        async with uow:
            await uow.append(event.key, event.name)
            await uow.append(event.key, None)

    event = log.append(registered().model_copy(update={"name": "Ada Lovelace"}), actor=None)
    async with started(probe, handlers):
        await probe.bus.deliver(event)
        (parked,) = await probe.rows(tables.parked)
    assert "NotNullViolation" in parked.reason
    assert event.key not in parked.reason


async def test_later_events_of_a_parked_key_wait_behind_it_and_then_keep_their_order(
    probe: Probe, log: FakeLog
) -> None:
    ada = uuid7()
    probe.failures[str(ada)] = 2  # once in the page, once alone; the first retry succeeds
    for _ in range(3):
        last = log.append(registered(ada), actor=None)
    async with started(probe):
        await probe.bus.deliver(last)
        await until(lambda: _effects(probe, 3), "redriven")
    assert [text for _, text in await probe.effects()] == ["auth/1", "auth/2", "auth/3"]
    assert await probe.rows(tables.parked) == []


async def test_what_only_waited_behind_a_failure_is_applied_with_it_in_few_commits(probe: Probe, log: FakeLog) -> None:
    ada = uuid7()
    probe.failures[str(ada)] = 1_000_000
    for _ in range(50):
        last = log.append(registered(ada), actor=None)
    async with started(probe):
        await probe.bus.deliver(last)
        await until(lambda: _rows(probe, "parked", 50), "all of the key wait")
        before = max(row.version for row in await probe.rows(tables.cursor))
        probe.failures.clear()
        await until(lambda: _effects(probe, 50), "applied")
    assert [text for _, text in await probe.effects()] == [f"auth/{n}" for n in range(1, 51)]
    assert max(row.version for row in await probe.rows(tables.cursor)) - before < 5


async def test_one_that_fails_behind_another_does_not_keep_that_one_back(probe: Probe, log: FakeLog) -> None:
    ada, calls = uuid7(), 0
    handlers = Handlers()

    @handlers.on(UserCreated, keeps=())
    async def third_never(event: UserCreated, delivery: Delivery, uow: ProbeUow) -> None:
        nonlocal calls
        calls += 1
        if delivery.position == 3 or calls <= 2:
            raise RuntimeError("no")
        await probe.record(event, delivery, uow)

    for _ in range(4):
        last = log.append(registered(ada), actor=None)
    async with started(probe, handlers):
        await probe.bus.deliver(last)
        await until(lambda: _effects(probe, 2), "those before the third")
        await until(lambda: _rows(probe, "parked", 2), "the third and what is behind it")
    assert [text for _, text in await probe.effects()] == ["auth/1", "auth/2"]


async def test_a_handler_added_later_catches_up_with_the_past(
    probe: Probe, probe_url: URL, sidecar: FakeSidecar, log: FakeLog
) -> None:
    ada = uuid7()
    log.append(registered(ada), actor=None)
    last = log.append(EmailVerified(user_id=ada), actor=None)
    async with started(probe):
        await probe.bus.deliver(last)
    database = connect(probe_url)
    newer = Probe(database, sidecar)
    both = Handlers()
    both.on(UserCreated, EmailVerified, keeps=())(newer.record)
    async with started(newer, both):
        await until(lambda: _effects(newer, 2), "backfilled")
        await until(lambda: _joined(newer), "joined the main lane")
        last = log.append(EmailVerified(user_id=ada), actor=None)
        await newer.bus.deliver(last)
        assert [text for _, text in await newer.effects()] == ["auth/1", "auth/2", "auth/3"]
    await database.close()


async def test_a_backfilled_event_waits_behind_its_keys_parked_event(probe: Probe, log: FakeLog) -> None:
    ada = uuid7()
    first = log.append(registered(ada), actor=None)
    second = log.append(registered(ada), actor=None)
    applier = Applier(probe.handlers, tables, probe.uow, lambda: None)
    parking = Parking(probe.database, tables, applier, Cursors("probe", probe.database, tables))
    async with probe.database.transaction() as session:
        dead = parked_row("probe", first, state="dead", reason="a person has to look")
        await session.execute(insert(tables.parked).values(dead))
        due = parked_row("probe/auth.user-created", second, state="retrying", reason="waits for an earlier event")
        await session.execute(insert(tables.parked).values(due))
    assert await parking.retry_due() == 0
    assert await probe.effects() == []


async def test_a_lane_that_waited_for_another_replica_knows_what_that_one_parked(probe: Probe, log: FakeLog) -> None:
    event = log.append(registered(), actor=None)
    lane = LaneId(consumer="probe", source="auth")
    cursors = Cursors("probe", probe.database, tables)
    await cursors.open(probe.handlers)

    async def keys_held() -> frozenset[str]:
        async with probe.database.transaction() as session:
            return (await cursors.lock(session, lane, {event.key, "another"})).held

    assert await keys_held() == frozenset()
    async with probe.database.transaction() as session:
        place = await cursors.lock(session, lane)
        waiting = asyncio.create_task(keys_held())
        await until(lambda: somebody_waits(probe.database), "the other replica waits for the lane")
        row = parked_row("probe", event, state="retrying", reason="it failed", tries=1)
        await session.execute(insert(tables.parked).values(row))
        await cursors.move(session, lane, place, event.position)
    assert await waiting == {event.key}
    assert await keys_held() == {event.key}


async def test_a_handler_that_always_times_out_is_parked_in_the_end(probe: Probe, log: FakeLog) -> None:
    ada, brian = uuid7(), uuid7()

    calls = 0

    async def stuck(event: UserCreated, delivery: Delivery, uow: ProbeUow) -> None:
        nonlocal calls
        if event.user_id == ada:
            calls += 1
            raise TimeoutError
        await probe.record(event, delivery, uow)

    handlers = Handlers()
    handlers.on(UserCreated, keeps=())(stuck)
    log.append(registered(ada), actor=None)
    last = log.append(registered(brian), actor=None)
    async with started(probe, handlers):
        with pytest.raises(TimeoutError):
            await probe.bus.deliver(last)
        assert await probe.rows(tables.parked) == []
        while not await probe.rows(tables.parked):
            with suppress(TimeoutError):
                await probe.bus.deliver(last)
        assert calls > PATIENCE
        assert await probe.effects() == [(str(brian), "auth/2")]
        (parked,) = await probe.rows(tables.parked)
    assert parked.position == 1


async def test_a_source_that_lost_what_we_saw_stops_the_lane(
    probe: Probe, log: FakeLog, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    first = log.append(registered(), actor=None)
    async with started(probe):
        await probe.bus.deliver(first)
        async with database.transaction() as session:
            await session.execute(update(tables.cursor).values(epoch="another-2"))
        log.append(registered(), actor=None)
        await until(lambda: _alarmed(caplog), "alarm")
    assert len(await probe.effects()) == 1


async def test_an_event_of_another_epoch_is_not_applied_from_the_broker(probe: Probe, log: FakeLog) -> None:
    event = log.append(registered(), actor=None)
    async with started(probe):
        await probe.bus.deliver(event)
        await probe.bus.deliver(event.model_copy(update={"epoch": "other", "position": 2, "id": uuid7()}))
    assert len(await probe.effects()) == 1


async def _effects(probe: Probe, count: int) -> bool:
    return len(await probe.effects()) == count


async def _rows(probe: Probe, table: str, count: int) -> bool:
    return len(await probe.rows(getattr(tables, table))) == count


async def _joined(probe: Probe) -> bool:
    cursors = await probe.rows(tables.cursor)
    return len(cursors) == 1 and set(cursors[0].types) == {"auth.user-created.v1", "auth.email-verified.v1"}


async def _alarmed(caplog: pytest.LogCaptureFixture) -> bool:
    return any(record.levelname == "CRITICAL" for record in caplog.records)
