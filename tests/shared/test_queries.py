"""Queries that are asked of the driver itself: the same rows, the same pool, and no broken connection left in it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import URL, bindparam, func, literal_column, select, text

from shared.db.database import Database, is_infrastructure
from shared.db.query import Query

BACKEND = Query(select(func.pg_backend_pid().label("pid")))


@pytest.fixture
async def narrow(probe_url: URL) -> AsyncIterator[Database]:
    """A database with a single connection."""
    database = Database(probe_url.render_as_string(hide_password=False), password=str(probe_url.password), pool_size=1)
    yield database
    await database.close()


async def test_what_is_bound_and_what_is_fixed_reach_the_server(narrow: Database) -> None:
    summed = Query(select((bindparam("given", 0) + 1).label("more"), func.coalesce(None, 7).label("seven")))
    (row,) = await summed.rows(narrow, given=41)
    assert (row["more"], row["seven"]) == (42, 7)


async def test_the_connection_comes_out_of_the_pool_and_goes_back(narrow: Database) -> None:
    (first,) = await BACKEND.rows(narrow)
    (second,) = await BACKEND.rows(narrow)
    async with narrow.reading() as connection:
        third = await connection.scalar(text("select pg_backend_pid()"))
    assert first["pid"] == second["pid"] == third


async def test_nothing_is_left_open_that_a_later_transaction_would_continue(narrow: Database) -> None:
    await BACKEND.rows(narrow)
    async with narrow.reading() as connection:
        assert await connection.scalar(text("select pg_current_xact_id_if_assigned() is null"))


async def test_a_query_that_fails_leaves_no_connection_behind_and_is_not_infrastructure(narrow: Database) -> None:
    (before,) = await BACKEND.rows(narrow)
    with pytest.raises(Exception, match="division by zero") as failed:
        await Query(select(literal_column("1/0"))).rows(narrow)
    assert not is_infrastructure(failed.value)
    (after,) = await BACKEND.rows(narrow)
    assert after["pid"] != before["pid"]


async def test_a_server_that_says_goodbye_is_infrastructure_and_the_next_query_works(
    narrow: Database, database: Database
) -> None:
    (before,) = await BACKEND.rows(narrow)
    async with database.reading() as connection:
        await connection.execute(select(func.pg_terminate_backend(before["pid"], 5000)))
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)) as failed:
        await BACKEND.rows(narrow)
    assert is_infrastructure(failed.value)
    assert await BACKEND.rows(narrow)
