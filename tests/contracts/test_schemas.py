"""Each service's schema is what its tables say, and nobody else's business."""

import asyncio
import importlib

import asyncpg
import pytest
from alembic import command
from sqlalchemy import URL, CheckConstraint, MetaData

from shared.db.bootstrap import DATABASE, RUNTIME_LIMITS
from shared.db.migrate import configuration
from tests.conftest import OWNER_PASSWORD
from tests.running import RUNTIME_PASSWORD
from tools.database.services import services

pytestmark = pytest.mark.thorough

PAIRS = [(one, other) for one in services() for other in services() if one != other]


def _metadata(service: str) -> MetaData:
    found: MetaData = importlib.import_module(f"shared.db.{service}").metadata
    return found


@pytest.mark.parametrize("service", services())
def test_the_migrated_schema_is_what_the_tables_say(service: str, postgres: URL) -> None:
    owner = postgres.set(username=f"{service}_owner", password=OWNER_PASSWORD, database=DATABASE)
    command.check(configuration(service, owner))  # raises when autogenerate would write anything


@pytest.mark.parametrize("service", services())
async def test_every_check_constraint_is_there(service: str, postgres: URL) -> None:
    declared = {
        str(constraint.name)
        for table in _metadata(service).tables.values()
        for constraint in [*table.constraints, *(c for column in table.columns for c in column.constraints)]
        if isinstance(constraint, CheckConstraint)
    }
    connection = await _connect(postgres, service)
    try:
        rows = await connection.fetch(
            "select conname from pg_constraint where contype = 'c' and connamespace = $1::text::regnamespace", service
        )
    finally:
        await connection.close()
    assert {row["conname"] for row in rows} == declared


@pytest.mark.parametrize(("service", "foreign"), PAIRS)
async def test_a_role_cannot_look_into_another_schema(service: str, foreign: str, postgres: URL) -> None:
    connection = await _connect(postgres, service)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f'table "{foreign}".log')
    finally:
        await connection.close()


@pytest.mark.parametrize("service", services())
@pytest.mark.parametrize(
    "statement", ["create table {}.x (a int)", "drop table {}.log", "alter table {}.log add a int"]
)
async def test_the_running_role_changes_no_table(service: str, statement: str, postgres: URL) -> None:
    connection = await _connect(postgres, service)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement.format(service))
    finally:
        await connection.close()


@pytest.mark.parametrize("service", services())
async def test_no_peer_that_froze_can_hold_locks_for_ever(service: str, postgres: URL) -> None:
    connection = await _connect(postgres, service)
    try:
        held: list[str] = await connection.fetchval("select rolconfig from pg_roles where rolname = current_user")
    finally:
        await connection.close()
    limits = dict(limit.split("=") for limit in held)
    assert limits == RUNTIME_LIMITS
    assert set(limits) >= {
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "tcp_user_timeout",
    }


def test_every_history_is_one_line(postgres: URL) -> None:
    from alembic.script import ScriptDirectory  # only this test reads histories

    for service in services():
        script = ScriptDirectory.from_config(configuration(service, postgres))
        assert len(script.get_heads()) == 1, service


async def _connect(postgres: URL, service: str) -> "asyncpg.Connection":
    url = postgres.set(username=service, password=RUNTIME_PASSWORD, database=DATABASE)
    async with asyncio.timeout(10):
        return await asyncpg.connect(url.render_as_string(hide_password=False))
