"""The database's administrator at work: a witness of what is applied, and triggers that make things fail.

None of it is known to the product: it is what any administrator could install.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.fire.checker.evidence import unrest

WATCHED = (
    "activity.feed_entry",
    "activity.person",
    "learning.learner",
    "learning.entitlement",
    "payments.verified_person",
    "notifications.message",
)
AWAY = 60.0  # a killed server is back within seconds

# A row trigger before the insert sees rows that a conflict will leave out, too: applying an event again is noticed even
# where it is harmless. What the transaction takes back, it takes back here as well; only a sequence goes on.
WITNESS = """
create schema witness;
create table witness.applied (n bigserial primary key, relation text not null, row jsonb not null);
create table witness.before as select id as user_id from auth.user_account;
create sequence witness.raised;
grant usage on schema witness to public;
grant usage on sequence witness.raised to public;
create function witness.see() returns trigger language plpgsql security definer set search_path = witness, pg_temp as $$
begin
  insert into witness.applied (relation, row) values (tg_table_schema || '.' || tg_table_name, to_jsonb(new));
  return new;
end $$;
"""


@dataclass(frozen=True, kw_only=True)
class Hindrance:
    """A trigger that gets in the way of writing to `table` when `condition` holds; `doing` is a statement of PL/pgSQL."""

    name: str
    table: str
    condition: str
    doing: str = "raise exception 'set on fire'"
    on: str = "insert"
    at_commit: bool = False

    @property
    def creation(self) -> str:
        """The SQL that installs it. It counts in a sequence, which no rollback takes back."""
        body = f"if {self.condition} then perform nextval('witness.raised'); {self.doing}; end if; return new;"
        when = "constraint trigger {} after" if self.at_commit else "trigger {} before"
        deferred = "deferrable initially deferred" if self.at_commit else ""
        return f"""
            create or replace function witness.{self.name}() returns trigger language plpgsql as $$ begin {body} end $$;
            create {when.format(self.name)} {self.on} on {self.table} {deferred}
                for each row execute function witness.{self.name}();"""

    @property
    def removal(self) -> str:
        """The SQL that takes it away."""
        return f"drop trigger {self.name} on {self.table}"


class Administrator:
    """Speaks to the server at `url` as its administrator; waits while it is away."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def ask(self, statement: str) -> list[Any]:
        """The rows that a statement returns. TimeoutError when the server does not come back."""
        async with asyncio.timeout(AWAY):
            while True:
                try:
                    return await self._ask(statement)
                except (
                    OSError,
                    asyncpg.PostgresConnectionError,
                    asyncpg.CannotConnectNowError,
                    asyncpg.AdminShutdownError,
                ):
                    await asyncio.sleep(0.1)

    async def install_witness(self) -> None:
        """Write down from now on what is applied, and who was there before."""
        watch = (
            f"create trigger a_witness before insert on {table} for each row execute function witness.see();"
            for table in WATCHED
        )
        await self.ask(f"begin; {WITNESS} {''.join(watch)} commit;")

    async def hinder(self, hindrance: Hindrance) -> None:
        """Install it."""
        await self.ask(hindrance.creation)

    async def let_go(self, hindrance: Hindrance) -> None:
        """Take it away."""
        await self.ask(hindrance.removal)

    async def raised(self) -> int:
        """How often a hindrance has got in the way so far."""
        [row] = await self.ask("select case when is_called then last_value else 0 end from witness.raised")
        return int(row[0])

    async def unrest(self) -> list[str]:
        """What is still to be done, in words; also while the server is away."""
        try:
            connection = await self._connect()
            try:
                return await unrest(connection)
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError) as error:
            return [f"the database is away: {error}"]

    async def parked(self, consumer: str, key: str) -> list[Any]:
        """What is parked there under a key, the earliest first."""
        return await self.ask(
            f"select consumer, source, position, state, tries from {consumer}.parked where key = '{key}' order by position"  # noqa: S608 - ours
        )

    async def put_off(self, consumer: str, key: str) -> None:
        """Let nothing of a key be tried again by itself within the hour."""
        await self.ask(f"update {consumer}.parked set next_try_at = now() + interval '1 hour' where key = '{key}'")  # noqa: S608 - ours

    async def user_id(self, email: str) -> str:
        """Who has this address."""
        [row] = await self.ask(f"select id from auth.user_account where email = '{email}'")  # noqa: S608 - ours
        return str(row[0])

    async def _ask(self, statement: str) -> list[Any]:
        connection = await self._connect()
        try:
            if statement.lstrip().startswith("select"):
                return list(await connection.fetch(statement))
            await connection.execute(statement)
            return []
        finally:
            await connection.close(timeout=5)

    async def _connect(self) -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(self.url, timeout=10, command_timeout=20)
