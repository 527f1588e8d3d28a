"""Every service tells Prometheus how its process does and where its bus stands, whether its database is there or not."""

from pathlib import Path

import pytest
from sqlalchemy import URL, insert, make_url, update
from uuid_utils.compat import uuid7

from shared.bus.metrics import SOURCE_HEAD
from shared.bus.parked import parked_row
from shared.db.activity import bus
from shared.events.auth import UserCreated
from tests.running import FakeLog
from tests.shared.conftest import statement
from tests.shared.scraping import of, scraped, serving
from tools.database.services import services

ALONE = [
    "codezest_database_up",
    "codezest_bus_head_position",
    "codezest_bus_outbox_rows",
    "codezest_bus_outbox_age_seconds",
]


@pytest.mark.parametrize("service", services())
async def test_every_service_tells_where_its_bus_stands(service: str, database_url: str, tmp_path: Path) -> None:
    async with serving(service, database_url, tmp_path) as run:
        samples = await scraped(run)
        sources = run.app.state.handlers.sources
    assert samples[of("codezest_database_up")] == 1
    assert {of(name) for name in ALONE} <= samples.keys()
    for source in sources:
        lane = {"consumer": service, "source": source}
        assert samples[of("codezest_bus_cursor_position", **lane)] == 0
        for state in ("retrying", "waiting", "dead"):
            assert samples[of("codezest_bus_parked", **lane, state=state)] == 0
    assert of("process_open_fds") in samples


async def test_parked_events_are_counted_and_fall_back_to_zero(database_url: str, tmp_path: Path) -> None:
    dead = of("codezest_bus_parked", consumer="activity", source="auth", state="dead")
    event = FakeLog("auth").append(UserCreated(user_id=uuid7(), name="Ada", locale="en", timezone="UTC"), actor=None)
    async with serving("activity", database_url, tmp_path) as run:
        async with run.database.transaction() as session:
            await session.execute(insert(bus.parked).values(parked_row("activity", event, state="dead", reason="no")))
        assert (await scraped(run))[dead] == 1
        async with run.database.transaction() as session:
            await session.execute(bus.parked.delete())
        assert (await scraped(run))[dead] == 0


async def test_lag_is_told_once_the_sources_head_is_known(database_url: str, tmp_path: Path) -> None:
    def lag(source: str) -> tuple[str, frozenset[tuple[str, str]]]:
        return of("codezest_bus_lag_events", consumer="activity", source=source)

    async with serving("activity", database_url, tmp_path) as run:
        await run.bus.stop()
        async with run.database.transaction() as session:
            await session.execute(update(bus.cursor).values(position=5))
        SOURCE_HEAD.labels("auth").set(12)
        SOURCE_HEAD.labels("learning").set(3)  # an old page: another replica has come further
        samples = await scraped(run)
    assert samples[lag("auth")] == 7
    assert samples[lag("learning")] == 0


async def test_without_its_database_a_service_tells_what_it_knows_itself(
    postgres: URL, database_url: str, tmp_path: Path
) -> None:
    gone = f"{database_url}_gone"
    name = make_url(gone).database
    await statement(postgres, f'create database "{name}" template {make_url(database_url).database}')
    async with serving("activity", gone, tmp_path) as run:
        await statement(postgres, f'drop database "{name}" with (force)')
        samples = await scraped(run)
    assert samples[of("codezest_database_up")] == 0
    assert of("process_open_fds") in samples
    assert of("codezest_bus_outbox_rows") not in samples
