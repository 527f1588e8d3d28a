"""Queries that are asked of the driver itself: the same rows, the same pool, and no broken connection left in it."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import URL, bindparam, func, literal_column, select, text

from shared.db.database import Database, is_infrastructure
from shared.db.query import Query
from tests.shared.probe import until

BACKEND = Query(select(func.pg_backend_pid().label("pid")))
WIDE = f"wide-{secrets.token_hex(4)}"  # other runs of these tests may use the same server
CONNECTED = text("select count(*) from pg_stat_activity where application_name = :name").bindparams(name=WIDE)


@pytest.fixture
async def narrow(probe_url: URL) -> AsyncIterator[Database]:
    """A database with a single connection."""
    database = Database(probe_url.render_as_string(hide_password=False), password=str(probe_url.password), pool_size=1)
    yield database
    await database.close()


@pytest.fixture
async def wide(probe_url: URL) -> AsyncIterator[Database]:
    """A database that keeps one of its four connections for queries."""
    url = probe_url.render_as_string(hide_password=False)
    database = Database(url, password=str(probe_url.password), pool_size=4, application=WIDE)
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


async def test_one_is_kept_for_queries_and_all_together_are_no_more_than_allowed(
    wide: Database, database: Database
) -> None:
    asked = await asyncio.gather(*[BACKEND.rows(wide) for _ in range(12)])
    assert len({row["pid"] for (row,) in asked}) <= 4
    (kept,) = await BACKEND.rows(wide)
    async with wide.reading() as one, wide.reading() as two, wide.reading() as three:
        others = [await connection.scalar(text("select pg_backend_pid()")) for connection in (one, two, three)]
        (row,) = await BACKEND.rows(wide)
    assert row["pid"] == kept["pid"]
    assert kept["pid"] not in others
    async with database.reading() as connection:
        assert await connection.scalar(CONNECTED) == 4


async def test_a_kept_one_that_the_server_has_closed_is_replaced_before_it_is_used(
    wide: Database, database: Database
) -> None:
    (before,) = await BACKEND.rows(wide)
    async with database.reading() as connection:
        await connection.execute(select(func.pg_terminate_backend(before["pid"], 5000)))
    await asyncio.sleep(0.1)  # the loop sees its end
    (after,) = await BACKEND.rows(wide)
    assert after["pid"] != before["pid"]


async def test_one_that_is_cut_off_in_a_query_is_not_used_again_and_the_server_stops(
    wide: Database, database: Database
) -> None:
    (before,) = await BACKEND.rows(wide)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await Query(select(func.pg_sleep(30))).rows(wide)
    (after,) = await BACKEND.rows(wide)
    assert after["pid"] != before["pid"]

    async def stopped() -> bool:
        async with database.reading() as connection:
            there = text("select 1 from pg_stat_activity where pid = :pid")
            return await connection.scalar(there, {"pid": before["pid"]}) is None

    await until(stopped, "the server has stopped the query")


async def test_nobody_waits_for_a_connection_that_is_kept_when_the_pool_is_empty(wide: Database) -> None:
    slow = Query(select(func.pg_sleep(0.2)))
    async with wide.reading() as one, wide.reading() as two, wide.reading() as three:
        for connection in (one, two, three):
            await connection.execute(text("select 1"))
        async with asyncio.timeout(2):  # the pool would give up after five
            await asyncio.gather(slow.rows(wide), slow.rows(wide))


async def test_closing_gives_kept_ones_back(wide: Database, database: Database) -> None:
    await BACKEND.rows(wide)
    await wide.close()

    async def all_ended() -> bool:
        async with database.reading() as connection:
            return bool(await connection.scalar(CONNECTED) == 0)

    await until(all_ended, "the server has ended them")
    assert await BACKEND.rows(wide), "it can be used again, as SQLAlchemy's own pool can"
