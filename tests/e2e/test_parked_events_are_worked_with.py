"""An operator sees that a handler fails, mends the cause, redrives what it failed and gives one event up, on record."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from shared.bus.parked import MAX_TRIES
from tests.e2e.journey import Journey
from tests.local.platforms import eventually
from tools.bus.admin import grace
from tools.local.control import Control
from tools.local.credentials import ensure_credentials

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

SECONDS = 60.0


async def test_a_poisoned_event_is_seen_redriven_and_has_its_effect_once_and_another_is_skipped(
    journey: Journey,
) -> None:
    platform, name = journey.platform, f"Poison {secrets.token_hex(6)}"
    journey.learner.name = name
    async with administrator(platform) as database, poisoned(database, name):
        await journey.register()
        await journey.read_welcome_mail()
        await journey.verify()
        await journey.sign_in()
        user_id = await journey.user_id()

        async def all_are_parked() -> bool:
            return len(await parked_of(database, user_id)) == 3

        await eventually(all_are_parked, SECONDS)
        created, verified, _ = await parked_of(database, user_id)

        async def has_died() -> bool:
            await use_up_tries(database, created)
            return created in await parked_of(database, user_id, "dead")

        await eventually(has_died, SECONDS)
        assert created in (await make(platform, "parked", "--state=dead")).split()
        shown = await make(platform, "parked")
        assert {created, verified} <= set(shown.split())
        assert "auth.user-created.v1" in shown
        assert "poisoned by the test" in " ".join(shown.split())
        assert "1 dead, 2 retrying" in await make(platform, "show")
        skipped = await make(platform, "skip", f"--id={verified}", '--reason=it\'s a "test" account')
        assert f"{verified} is skipped" in skipped
    assert f"{created} first" in await make(platform, "redrive", f"--id={created}")

    async def has_joined() -> bool:
        return "Joined CodeZest" in await journey.feed()

    await eventually(has_joined, SECONDS)
    assert user_id not in await make(platform, "parked")
    feed = await journey.feed()
    assert feed.count("Joined CodeZest") == 1
    assert "Verified their e-mail address" not in feed
    async with grace(platform.home) as admin:
        (kept,) = [row for row in (await admin.ask("activity", "GET", "/skipped"))["items"] if row["id"] == verified]
    assert (kept["type"], kept["key"], kept["why"]) == ("auth.email-verified.v1", user_id, 'it\'s a "test" account')


async def test_the_metrics_are_inside_only(platform: Control) -> None:
    ports = await platform.ports()
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        inside = await client.get(f"http://127.0.0.1:{ports['activity-1']}/metrics")
        outside = await client.get(f"http://localhost:{ports['gateway']}/metrics")
    assert 'codezest_bus_parked{consumer="activity",source="auth",state="dead"}' in inside.text
    assert outside.status_code == 404


async def make(platform: Control, *arguments: str) -> str:
    """What `make bus`, `make parked` and so on print."""
    command = [sys.executable, "-m", "tools.bus", *arguments]
    environment = {**os.environ, "CODEZEST_HOME": str(platform.home.path)}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@asynccontextmanager
async def administrator(platform: Control) -> AsyncIterator["asyncpg.Connection"]:
    """The database's administrator."""
    password = ensure_credentials(platform.home, ()).admin["postgres-password"]
    port = (await platform.ports())["postgres"]
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user="postgres", password=password, database="codezest", timeout=10
    )
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def poisoned(database: "asyncpg.Connection", name: str) -> AsyncIterator[None]:
    """For the length of the block, activity cannot write down anybody of this name."""
    await database.execute(
        f"""create function activity.poison() returns trigger language plpgsql as $$
        begin if new.name = '{name}' then raise exception 'poisoned by the test'; end if; return new; end $$"""
    )
    await database.execute(
        "create trigger poison before insert or update on activity.person for each row execute function activity.poison()"
    )
    try:
        yield
    finally:
        await database.execute("drop function activity.poison() cascade")


async def parked_of(database: "asyncpg.Connection", key: str, *states: str) -> list[str]:
    """The IDs of a person's parked events in order; those in some states alone, if any are named."""
    rows = await database.fetch(
        """select consumer || '/' || source || '/' || position as id from activity.parked
        where key = $1 and ($2::text[] = '{}' or state = any($2)) order by position""",
        key,
        states,
    )
    return [row["id"] for row in rows]


async def use_up_tries(database: "asyncpg.Connection", parked_id: str) -> None:
    """One more failure, and the event is given up."""
    await database.execute(
        """update activity.parked set tries = $2, next_try_at = now()
        where consumer || '/' || source || '/' || position = $1 and state <> 'dead'""",
        parked_id,
        MAX_TRIES - 1,
    )
