"""A handler that is added later sees all that ever happened, and joins the others without a gap, whoever is at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import URL

from shared.bus.apply import Applier
from shared.bus.cursors import Cursors, LaneId
from shared.bus.envelope import LogPage
from shared.bus.handlers import Handlers
from shared.bus.lane import Lane
from shared.bus.parked import Parking
from shared.events.auth import EmailVerified, UserCreated
from tests.fakes import FakeSidecar
from tests.running import FakeLog
from tests.shared.conftest import connect
from tests.shared.probe import Probe, registered, started, tables, until

BOTH = {"auth.user-created.v1", "auth.email-verified.v1"}


@asynccontextmanager
async def newer_release(url: URL, sidecar: FakeSidecar) -> AsyncIterator[Probe]:
    """A replica that handles EmailVerified, too."""
    database = connect(url)
    newer = Probe(database, sidecar)
    handlers = Handlers()
    handlers.on(UserCreated, EmailVerified, keeps=())(newer.record)
    async with started(newer, handlers):
        yield newer
    await database.close()


async def test_it_joins_although_events_never_stop(
    probe: Probe, probe_url: URL, sidecar: FakeSidecar, log: FakeLog
) -> None:
    for _ in range(30):
        user = registered()
        log.append(user, actor=None)
        last = log.append(EmailVerified(user_id=user.user_id), actor=None)
    async with started(probe):
        await probe.bus.deliver(last)
        traffic = asyncio.create_task(_traffic(probe, log))
        async with newer_release(probe_url, sidecar) as newer:
            await until(lambda: _joined(newer), "joined under traffic")
            traffic.cancel()
            with suppress(asyncio.CancelledError):
                await traffic
            await until(lambda: _applied(newer, len(log.events)), "everything applied")
    texts = [text for _, text in await probe.effects()]
    assert len(texts) == len(set(texts)) == len(log.events)


async def test_it_never_runs_ahead_of_what_the_others_have_applied(probe: Probe, log: FakeLog) -> None:
    user = registered()
    cursors = Cursors("probe", probe.database, tables)
    (main,) = await cursors.open(probe.handlers)
    log.append(user, actor=None)
    await _lane(probe, main, probe.handlers, log).pull()
    log.append(registered(user.user_id), actor=None)
    log.append(EmailVerified(user_id=user.user_id), actor=None)
    more = Handlers()
    more.on(UserCreated, EmailVerified, keeps=())(probe.record)
    (backfill,) = set(await cursors.open(more)) - {main}
    await _lane(probe, backfill, more, log).pull()
    assert [text for _, text in await probe.effects()] == ["auth/1"]
    assert await _joined(probe)
    await _lane(probe, main, more, log).pull()
    assert [text for _, text in await probe.effects()] == ["auth/1", "auth/2", "auth/3"]


async def test_an_older_release_takes_no_part_in_the_backfill_of_a_newer(probe: Probe) -> None:
    cursors = Cursors("probe", probe.database, tables)
    main = await cursors.open(probe.handlers)
    newer = Handlers()
    newer.on(UserCreated, EmailVerified, keeps=())(probe.record)
    assert len(await cursors.open(newer)) == 2
    assert await cursors.open(probe.handlers) == main


async def test_an_older_release_leaves_what_it_cannot_handle_to_the_newer(
    probe: Probe, probe_url: URL, sidecar: FakeSidecar, log: FakeLog
) -> None:
    user = registered()
    log.append(user, actor=None)
    async with newer_release(probe_url, sidecar) as newer:
        await until(lambda: _joined(newer), "joined")
    log.append(EmailVerified(user_id=user.user_id), actor=None)
    last = log.append(registered(user.user_id), actor=None)
    async with started(probe):
        await probe.bus.deliver(last)
        await until(lambda: _states(probe, ["waiting", "retrying"]), "parked for the newer release")
        applier = Applier(probe.handlers, tables, probe.uow, lambda: None)
        cursors = Cursors("probe", probe.database, tables)
        assert await Parking(probe.database, tables, applier, cursors).retry_due() == 0
        assert [row.tries for row in await probe.rows(tables.parked)] == [0, 0]
        assert len(await probe.effects()) == 1
        async with newer_release(probe_url, sidecar) as newer:
            await until(lambda: _applied(newer, 3), "the newer release has handled them")
    assert [text for _, text in await probe.effects()] == ["auth/1", "auth/2", "auth/3"]
    assert await probe.rows(tables.parked) == []


def _lane(probe: Probe, lane: LaneId, handlers: Handlers, log: FakeLog) -> Lane:
    async def read_log(_source: str, after: int) -> LogPage:
        return LogPage.model_validate(await log.read(f"after={after}"))

    applier = Applier(handlers, tables, probe.uow, lambda: None)
    return Lane(lane, probe.database, tables, applier, read_log)


async def _traffic(probe: Probe, log: FakeLog) -> None:
    while True:
        await probe.bus.deliver(log.append(registered(), actor=None))


async def _joined(probe: Probe) -> bool:
    cursors = await probe.rows(tables.cursor)
    return len(cursors) == 1 and set(cursors[0].types) == BOTH


async def _applied(probe: Probe, count: int) -> bool:
    return len(await probe.effects()) == count


async def _states(probe: Probe, states: list[str]) -> bool:
    return [row.state for row in sorted(await probe.rows(tables.parked), key=lambda row: row.position)] == states
