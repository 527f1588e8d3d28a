"""The database under the model: two services' schemas, a clock for their epochs, and a shelf for a backup."""

import asyncio
from typing import Any

import asyncpg
from sqlalchemy import URL, BigInteger, Column, Identity, Integer, Table, Text, Uuid
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateSchema

from shared.db.schema import bus_tables, service_metadata

LEARNING, PAYMENTS = "learning", "payments"  # the source and its consumer; the names come with the events they state
SERVICES = (LEARNING, PAYMENTS)
PASSWORD = "model"
GONE_SECONDS = 20

metadata = {service: service_metadata(service) for service in SERVICES}
bus = {service: bus_tables(metadata[service]) for service in SERVICES}

# How many facts were stated about a key: counted in the transaction that states them, so it is the truth about them.
subject = Table(
    "subject",
    metadata[LEARNING],
    Column("key", Text, primary_key=True),
    Column("stated", Integer, nullable=False),
)
# What the handlers did, in the order in which they did it. Nothing here forbids a second effect of one event.
effect = Table(
    "effect",
    metadata[PAYMENTS],
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("n", Integer, nullable=False),
)

# The product asks PostgreSQL who it is. A role of the model finds this function first, so a service can be restored alone.
CLOCK = """
create schema {service}_clock;
create table {service}_clock.identity (number bigint not null);
insert into {service}_clock.identity values (1);
create function {service}_clock.pg_control_system() returns table (system_identifier bigint)
    language sql stable as 'select number from {service}_clock.identity';
create role {role} login password '{password}';
alter role {role} in database "{database}" set search_path = {service}_clock, pg_catalog;
grant usage on schema {service}, {service}_clock to {role};
grant all on all tables in schema {service}, {service}_clock to {role};
"""

# A shelf with one copy of every table. To put a service back is to make its database another one.
SHELF = """
create schema shelf;
create view shelf.every as select schemaname as s, tablename as t, schemaname || '_' || tablename as copy
    from pg_catalog.pg_tables where schemaname in ('learning', 'payments');
do $$ declare one record; begin
    for one in select * from shelf.every loop
        execute format('create table shelf.%I (like %I.%I)', one.copy, one.s, one.t);
    end loop;
end $$;
create procedure shelf.keep() language plpgsql as $$ declare one record; begin
    for one in select * from shelf.every loop
        execute format('delete from shelf.%I', one.copy);
        execute format('insert into shelf.%I select * from %I.%I', one.copy, one.s, one.t);
    end loop;
end $$;
create procedure shelf.put_back(service text) language plpgsql as $$ declare one record; begin
    for one in select * from shelf.every where s = service loop
        execute format('delete from %I.%I', one.s, one.t);
        execute format('insert into %I.%I overriding system value select * from shelf.%I', one.s, one.t, one.copy);
    end loop;
    execute format('update %I.identity set number = number + 1', service || '_clock');
end $$;
create procedure shelf.clear() language plpgsql as $$ declare one record; begin
    for one in select * from shelf.every loop
        execute format('truncate %I.%I restart identity', one.s, one.t);
    end loop;
    update learning_clock.identity set number = 1;
    update payments_clock.identity set number = 1;
end $$;
"""


class Ground:
    """Everything the model does to the database beside the services, as administrator."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Make schemas, roles and the shelf."""
        engine = create_async_engine(self.url.set(drivername="postgresql+asyncpg"))
        async with engine.begin() as connection:
            for service in SERVICES:
                await connection.execute(CreateSchema(service))
                await connection.run_sync(metadata[service].create_all)
        await engine.dispose()
        self._admin = await asyncpg.connect(self.url.render_as_string(hide_password=False), timeout=10)
        for service in SERVICES:
            names = {"service": service, "role": self.role(service), "database": self.url.database}
            await self._admin.execute(CLOCK.format(**names, password=PASSWORD))
        await self._admin.execute(SHELF)

    async def close(self) -> None:
        """Drop the roles and the connection."""
        for service in SERVICES:
            await self._admin.execute(f"drop owned by {self.role(service)}; drop role {self.role(service)}")
        await self._admin.close()

    def role(self, service: str) -> str:
        """The role of a service, on this database alone."""
        return f"{self.url.database}_{service}"

    async def clear(self) -> None:
        """Back to the first day."""
        await self._ask("call shelf.clear()")

    async def back_up(self) -> None:
        """Keep both schemas as they are at this moment."""
        await self._ask("call shelf.keep()")

    async def restore(self, service: str) -> None:
        """Put a service's schema back to the moment of the backup; the database it then is, is another one."""
        await self._ask("call shelf.put_back($1)", service)

    async def gone(self, application: str) -> None:
        """Wait until the server has noticed that a process's connections are cut."""
        left = "select count(*) from pg_stat_activity where application_name = $1"
        async with asyncio.timeout(GONE_SECONDS):
            while await self._ask(left, application):  # noqa: ASYNC110 - a server that notices tells nobody
                await asyncio.sleep(0.001)

    async def let_time_pass(self) -> None:
        """Whatever waits for its time is due."""
        await self._ask("update payments.parked set next_try_at = next_try_at - interval '1 day'")

    async def redrive(self) -> None:
        """What a person does with events that were given up, once the cause is mended."""
        await self._ask("update payments.parked set state = 'retrying', tries = 0 where state = 'dead'")

    async def look(self, question: str) -> Any:
        """The first value of a query's first row."""
        return await self._ask(question)

    async def _ask(self, statement: str, *arguments: object) -> Any:
        """One statement at a time, and to its end, whatever becomes of the flight that asks."""
        return await asyncio.shield(asyncio.create_task(self._take_turn(statement, arguments)))

    async def _take_turn(self, statement: str, arguments: tuple[object, ...]) -> Any:
        async with self._turn:
            return await self._admin.fetchval(statement, *arguments)
