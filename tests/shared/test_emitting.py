"""T1 and T2: what a use case states reaches the log and the broker if and only if it committed, in order, once."""

import asyncio

import pytest
from uuid_utils.compat import uuid7

from shared.bus.source import Source
from shared.bus.unit_of_work import EventTooLarge
from shared.db.database import Database
from shared.events.auth import SignedIn
from tests.fakes import FakeSidecar
from tests.shared.probe import Probe, registered, started, tables, until


async def test_a_committed_fact_gets_the_next_position_and_is_announced(probe: Probe, sidecar: FakeSidecar) -> None:
    event = registered()
    async with started(probe):
        await probe.emit(event)
        await until(lambda: _announced(sidecar, 1), "announced")
    cloudevent = sidecar.published["probe"][0]
    assert cloudevent["type"] == "auth.user-created.v1"
    assert cloudevent["position"] == 1
    assert cloudevent["source"] == "probe"
    assert cloudevent["key"] == str(event.user_id)
    assert await probe.rows(tables.outbox) == []


async def test_a_rolled_back_use_case_states_nothing(probe: Probe) -> None:
    with pytest.raises(RuntimeError, match="rolled back"):
        await probe.emit(registered(), fail=True)
    assert await probe.rows(tables.outbox) == []


async def test_an_event_over_64_kib_is_refused_before_the_commit(probe: Probe) -> None:
    with pytest.raises(EventTooLarge):
        await probe.emit(registered().model_copy(update={"name": "x" * 70_000}))
    assert await probe.rows(tables.outbox) == []


async def test_three_assigners_give_every_fact_one_position_without_holes(probe: Probe, database: Database) -> None:
    await probe.bus.source.open()
    sources = [Source("probe", database, tables) for _ in range(3)]

    async def write() -> None:
        for _ in range(20):
            await probe.emit(registered(), registered())

    async def assign(source: Source) -> None:
        while len(await probe.rows(tables.log)) < 80:
            await source.assign()

    async with asyncio.timeout(20):
        await asyncio.gather(write(), write(), *(assign(source) for source in sources))
    rows = await probe.rows(tables.log)
    assert sorted(row.position for row in rows) == list(range(1, 81))
    assert (await probe.rows(tables.head))[0].position == 80


async def test_facts_of_one_commit_keep_their_order(probe: Probe) -> None:
    await probe.bus.source.open()
    events = [registered() for _ in range(5)]
    await probe.emit(*events)
    moved = await probe.bus.source.assign()
    assert [envelope.key for envelope in moved] == [event.key for event in events]


async def test_a_page_of_the_log_stops_at_a_mebibyte_but_never_before_one_event(probe: Probe) -> None:
    await probe.bus.source.open()
    big = registered().model_copy(update={"name": "x" * 60_000})
    await probe.emit(*[big] * 20)
    await probe.bus.source.assign()
    page = await probe.bus.source.read(after=0)
    assert 1 < len(page.events) < 20
    assert sum(len(event.model_dump_json()) for event in page.events) <= 1024 * 1024
    assert page.head == 20


async def test_a_broker_that_is_away_costs_no_fact(probe: Probe, sidecar: FakeSidecar) -> None:
    sidecar.away.add("publish")
    async with started(probe):
        await probe.emit(registered())
        await until(lambda: _logged(probe, 1), "logged")


async def test_what_nobody_waits_for_is_logged_within_the_sweep_and_not_announced(
    probe: Probe, sidecar: FakeSidecar
) -> None:
    quiet = SignedIn(user_id=uuid7(), session_id=uuid7())
    async with started(probe):
        await probe.emit(quiet)
        await until(lambda: _logged(probe, 1), "logged")
        await probe.emit(registered())
        await until(lambda: _announced(sidecar, 1), "announced")
    assert [event["type"] for event in sidecar.published["probe"]] == ["auth.user-created.v1"]
    assert [row.type for row in await probe.rows(tables.log)] == ["auth.signed-in.v1", "auth.user-created.v1"]


async def _announced(sidecar: FakeSidecar, count: int) -> bool:
    return len(sidecar.published["probe"]) == count


async def _logged(probe: Probe, count: int) -> bool:
    return len(await probe.rows(tables.log)) == count
