"""A PostgreSQL for the run, migrated once; each module works on a copy of its own."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from sqlalchemy import URL, make_url

from shared.db.bootstrap import DATABASE, Passwords
from shared.db.prepare import prepare
from tests.running import RUNTIME_PASSWORD
from tools.database.scratch import scratch_postgres
from tools.database.services import services
from tools.local.control import Control
from tools.local.launch import launched

OWNER_PASSWORD = "owner"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--broker=off`: the platforms of the tests have no Redis, consumers only pull."""
    parser.addoption("--broker", choices=["on", "off"], default="on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a broker, leave out what is about the broker itself."""
    if config.getoption("broker") == "off":
        about_it = [item for item in items if item.get_closest_marker("needs_broker")]
        config.hook.pytest_deselected(items=about_it)
        items[:] = [item for item in items if item not in about_it]


def pytest_collection_finish() -> None:
    """What is there by now, half a million objects, lives to the end: no collection of garbage need look at it again."""
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """The administrator's URL of a server with every service's schema in database `codezest`."""
    with scratch_postgres() as admin_url:
        prepare(admin_url, {name: Passwords(owner=OWNER_PASSWORD, runtime=RUNTIME_PASSWORD) for name in services()})
        yield make_url(admin_url)


@pytest.fixture(scope="module")
def database_url(postgres: URL, request: pytest.FixtureRequest) -> Iterator[str]:
    """`postgresql://host:port/name` of a fresh, migrated database for this module, without role or password."""
    name = "t_" + request.module.__name__.rsplit(".", 1)[-1].lower()[:50]
    asyncio.run(_administer(postgres, f'create database "{name}" template {DATABASE}'))
    yield f"postgresql://{postgres.host}:{postgres.port}/{name}"
    asyncio.run(_administer(postgres, f'drop database "{name}" with (force)'))


async def _administer(admin: URL, statement: str) -> None:
    connection = await asyncpg.connect(admin.render_as_string(hide_password=False), timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The option of `up` that says whether the platforms of this run have a broker."""
    return "--broker", str(request.config.getoption("broker"))


@pytest.fixture(scope="session")
async def platform(broker: tuple[str, str]) -> AsyncIterator[Control]:
    """One platform for the session; `--broker=off` starts it without Redis."""
    async with launched(*broker) as control:
        yield control
