"""Two stores for the use cases, a till around each, and the service as it runs with a provider in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import delete, select

from services.payments.data.unit_of_work import SqlUow
from services.payments.domain.provider import PaymentProvider
from services.payments.main import create_app
from services.payments.settings import Settings
from shared.bus.unit_of_work import Writing
from shared.db import payments as tables
from shared.db.database import Database
from shared.events.event import Event, load_catalogue
from shared.http.app import Platform
from tests.payments.fakes import FakeProvider
from tests.payments.memory import Memory
from tests.payments.till import Till
from tests.running import RUNTIME_PASSWORD, Running, running


class Postgres:
    """The store that the service uses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        writing = Writing(sessions=database.sessions, tables=tables.bus, wake=lambda: None)
        self.uow = partial(SqlUow, writing, actor=None)

    async def facts(self) -> list[Event]:
        """What waits in the outbox, in order."""
        outbox = tables.bus.outbox
        async with self._database.reading() as connection:
            rows = await connection.execute(select(outbox.c.type, outbox.c.data).order_by(outbox.c.seq))
            return [load_catalogue()[row.type].receive(row.data) for row in rows]

    async def empty(self) -> None:
        """Forget everything."""
        async with self._database.transaction() as session:
            for table in reversed(tables.metadata.sorted_tables):
                await session.execute(delete(table))


@pytest.fixture(scope="module")
async def postgres_store(database_url: str) -> AsyncIterator[Postgres]:
    """This module's database as a store."""
    url = database_url.replace("://", "://payments@")
    database = Database(url, password=RUNTIME_PASSWORD, pool_size=10)
    yield Postgres(database)
    await database.close()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Memory | Postgres:
    """Each test of a use case runs over both."""
    if request.param == "memory":
        return Memory()
    found: Postgres = request.getfixturevalue("postgres_store")
    return found


@pytest.fixture
async def till(store: Memory | Postgres) -> Till:
    """The use cases over an empty store."""
    if isinstance(store, Postgres):
        await store.empty()
    return Till(store)


@dataclass(frozen=True)
class Service:
    """The running service and the provider it talks to."""

    run: Running
    provider: FakeProvider


@pytest.fixture
async def service(database_url: str, postgres_store: Postgres) -> AsyncIterator[Service]:
    """The service on this module's database, emptied; it sweeps once, at its start."""
    await postgres_store.empty()
    provider = FakeProvider()

    @asynccontextmanager
    async def in_memory(_settings: Settings, _platform: Platform) -> AsyncIterator[PaymentProvider]:
        yield provider

    app = partial(create_app, open_provider=in_memory)
    async with running(app, Settings, database_url, stripe_sweep_seconds=3600) as run:
        await provider.is_called()
        yield Service(run, provider)
