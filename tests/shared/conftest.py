"""A database with the probe's schema, empty at the start of each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateSchema

from shared.db.database import Database
from tests.fakes import FakeSidecar
from tests.running import FakeLog
from tests.shared.probe import Probe, metadata


@pytest.fixture(scope="session")
def probe_database(postgres: URL) -> Iterator[URL]:
    """A database that holds nothing but the probe's schema, for this worker of the test run."""
    name = f"probe_{uuid4().hex[:12]}"
    asyncio.run(statement(postgres, f'create database "{name}"'))
    url = postgres.set(database=name)
    asyncio.run(_create_tables(url))
    yield url
    asyncio.run(statement(postgres, f'drop database "{name}" with (force)'))


@pytest.fixture
def probe_url(probe_database: URL) -> URL:
    """The probe's database, emptied: a new one for each test would cost ten times as much."""
    names = ", ".join(f'"{table.schema}"."{table.name}"' for table in metadata.sorted_tables)
    asyncio.run(statement(probe_database, f"truncate {names} restart identity"))
    return probe_database


@pytest.fixture
def log() -> FakeLog:
    """The log of the service that the probe follows."""
    return FakeLog("auth")


@pytest.fixture
def sidecar(log: FakeLog) -> FakeSidecar:
    """A sidecar that serves `log`."""
    sidecar = FakeSidecar()
    sidecar.answer("auth", "GET", "/bus/log", log.read)
    return sidecar


@pytest.fixture
async def database(probe_url: URL) -> AsyncIterator[Database]:
    """The probe's connections."""
    database = connect(probe_url)
    yield database
    await database.close()


@pytest.fixture
def probe(database: Database, sidecar: FakeSidecar) -> Probe:
    """One replica of the probe, not started."""
    return Probe(database, sidecar)


def connect(url: URL) -> Database:
    """A pool on `url`."""
    return Database(url.render_as_string(hide_password=False), password=str(url.password), pool_size=5)


async def _create_tables(url: URL) -> None:
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.execute(CreateSchema("probe"))
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


async def statement(url: URL, statement: str) -> None:
    """Run one statement as the administrator."""
    connection = await asyncpg.connect(url.render_as_string(hide_password=False), timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
