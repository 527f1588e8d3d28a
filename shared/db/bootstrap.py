"""Creates what the services' schemas need and only an administrator may create: the database, two roles a service, the schemas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from asyncpg import Connection

DATABASE = "codezest"

# A peer that froze must not hold locks for ever; a migration must not queue the whole service behind itself.
ROLE_LIMITS = {
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "15s",
    "tcp_keepalives_idle": "10",
    "tcp_user_timeout": "15s",
}
# A request or a page of events has given up long before; a migration may take its time.
RUNTIME_LIMITS = {**ROLE_LIMITS, "statement_timeout": "30s"}


@dataclass(frozen=True)
class Passwords:
    """One service's two roles: `owner` migrates, `runtime` serves."""

    owner: str
    runtime: str


async def bootstrap(admin_url: str, passwords: Mapping[str, Passwords]) -> URL:
    """Create or update database, roles and schemas, any number of times. Returns the URL of the database, still the admin's.

    `admin_url` names a superuser or a role with CREATEDB and CREATEROLE.
    """
    admin = make_url(admin_url)
    connection = await asyncpg.connect(admin.render_as_string(hide_password=False), timeout=10)
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
            await connection.execute(f"create database {DATABASE}")
    finally:
        await connection.close()
    target = admin.set(database=DATABASE)
    connection = await asyncpg.connect(target.render_as_string(hide_password=False), timeout=10)
    try:
        await connection.execute(
            f"revoke all on database {DATABASE} from public; revoke all on schema public from public"
        )
        for service, pair in passwords.items():
            await _service(connection, service, pair)
    finally:
        await connection.close()
    return target


async def _service(connection: "Connection", service: str, passwords: Passwords) -> None:
    owner, runtime = f"{service}_owner", service
    for role, password, limits in (
        (owner, passwords.owner, ROLE_LIMITS),
        (runtime, passwords.runtime, RUNTIME_LIMITS),
    ):
        await _role(connection, role, password, limits)
        await connection.execute(f'grant connect on database {DATABASE} to "{role}"')
    await connection.execute(
        f'create schema if not exists "{service}" authorization "{owner}";'
        f'grant usage on schema "{service}" to "{runtime}";'
        f'alter default privileges for role "{owner}" in schema "{service}"'
        f' grant select, insert, update, delete on tables to "{runtime}";'
        f'alter default privileges for role "{owner}" in schema "{service}" grant usage on sequences to "{runtime}"'
    )


async def _role(connection: "Connection", role: str, password: str, limits: Mapping[str, str]) -> None:
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
        await connection.execute(f'create role "{role}"')
        # Whoever is no superuser must be of a role to make things in its name; who made the role may say so.
        if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            await connection.execute(f'grant "{role}" to current_user')
    # A role's password cannot be a bound parameter; quote_literal is the server's own quoting.
    quoted = await connection.fetchval("select quote_literal($1::text)", password)
    await connection.execute(f'alter role "{role}" login nocreatedb nocreaterole password {quoted}')
    for name, value in limits.items():
        await connection.execute(f"alter role \"{role}\" set {name} = '{value}'")
