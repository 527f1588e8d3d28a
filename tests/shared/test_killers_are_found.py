"""An event whose handler ends the process is set aside after a few deaths; its neighbours go on."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL, insert
from uuid_utils.compat import uuid7

from shared.bus.apply import Applier
from shared.bus.cursors import Cursors
from shared.bus.envelope import LogPage
from shared.bus.lane import DEATHS
from shared.bus.parked import MAX_TRIES, Parking, parked_row
from shared.events.payments import PaymentSucceeded
from tests.running import EPOCH, FakeLog
from tests.shared.probe import Probe, registered, somebody_waits, tables, until

STARTS = DEATHS + 4  # its page, its neighbours' one by one, and one that lives


@pytest.mark.platform
async def test_a_killer_is_parked_as_dead_and_the_others_are_applied(
    probe: Probe, probe_url: URL, log: FakeLog, tmp_path: Path
) -> None:
    killer = uuid7()
    events = [log.append(registered(killer if n == 2 else None), actor=None) for n in range(5)]
    page = LogPage(source="auth", epoch=EPOCH, epoch_start=0, head=len(events), events=events)
    (tmp_path / "log.json").write_text(page.model_dump_json())
    statuses: list[int] = []
    while not statuses or (statuses[-1] == -signal.SIGKILL and len(statuses) < STARTS):
        statuses.append(await _start(probe_url, tmp_path / "log.json", str(killer)))
    assert statuses[-1] == 0
    assert len(statuses) - 1 > DEATHS
    (parked,) = await probe.rows(tables.parked)
    assert (parked.key, parked.state) == (str(killer), "dead")
    assert f"{DEATHS} processes died" in parked.reason
    assert [text for _, text in await probe.effects()] == ["auth/1", "auth/2", "auth/4", "auth/5"]


async def test_deaths_are_only_counted_while_nothing_moves(probe: Probe, log: FakeLog) -> None:
    first, second = (log.append(registered(), actor=None) for _ in range(2))
    cursors = Cursors("probe", probe.database, tables)
    (lane,) = await cursors.open(probe.handlers)
    async with probe.database.transaction() as session:
        await session.execute(tables.cursor.update().values(tries=DEATHS, epoch=EPOCH))
    await probe.bus.source.open()
    async with asyncio.timeout(10):
        async with cursors.attempt(lane) as tries:
            assert tries == DEATHS + 1
            async with probe.database.transaction() as session:
                await cursors.move(session, lane, await cursors.lock(session, lane), first.position)
        async with cursors.attempt(lane) as tries:
            assert tries == 1
    assert second.position == 2


async def test_an_attempt_that_fails_without_a_death_is_taken_back(probe: Probe) -> None:
    cursors = Cursors("probe", probe.database, tables)
    (lane,) = await cursors.open(probe.handlers)
    counted: list[int] = []

    async def fail() -> None:
        async with cursors.attempt(lane) as tries:
            counted.append(tries)
            raise RuntimeError("a mere failure")

    for _ in range(DEATHS + 1):
        with pytest.raises(RuntimeError, match="a mere failure"):
            await fail()
    assert set(counted) == {1}


@pytest.mark.parametrize("other_source", ["auth", "payments"])
async def test_replicas_and_lanes_that_start_at_once_do_not_count_each_other(probe: Probe, other_source: str) -> None:
    cursors = Cursors("probe", probe.database, tables)
    probe.handlers.on(PaymentSucceeded)(probe.record)
    lanes = {lane.source: lane for lane in await cursors.open(probe.handlers)}
    lane = lanes["auth"]
    counted: list[int] = []

    async def start() -> None:
        async with cursors.attempt(lanes[other_source]) as tries:
            counted.append(tries)

    async with cursors.attempt(lane) as tries:
        counted.append(tries)
        other = asyncio.create_task(start())
        await until(lambda: somebody_waits(probe.database), "the other replica waits for its turn")
        async with probe.database.transaction() as session:
            await cursors.move(session, lane, await cursors.lock(session, lane), 1)
    async with asyncio.timeout(10):
        await other
    assert counted == [1, 1]


async def test_a_parked_killer_is_given_up_although_no_try_ever_ended(probe: Probe, log: FakeLog) -> None:
    event = log.append(registered(), actor=None)
    cursors = Cursors("probe", probe.database, tables)
    await cursors.open(probe.handlers)
    async with probe.database.transaction() as session:
        row = parked_row("probe", event, state="retrying", reason="failed", tries=MAX_TRIES)
        await session.execute(insert(tables.parked).values(**{**row, "next_try_at": event.time}))
    parking = Parking(probe.database, tables, Applier(probe.handlers, tables, probe.uow, lambda: None), cursors)
    assert await parking.retry_due() == 0
    (parked,) = await probe.rows(tables.parked)
    assert (parked.state, parked.reason) == ("dead", "its tries ended without a word: the process died")


async def _start(url: URL, log: Path, key: str) -> int:
    """The exit status of one process that works until all is done, or dies."""
    command = (sys.executable, "-m", "tests.shared.dying", url.render_as_string(hide_password=False), str(log), key)
    process = await asyncio.create_subprocess_exec(*command)
    async with asyncio.timeout(60):
        return await process.wait()
