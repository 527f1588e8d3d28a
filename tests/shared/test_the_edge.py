"""What every service does at its edge: errors as problems, limits, the sidecar's doors, readiness. Shown on activity."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from services.activity.main import create_app
from services.activity.settings import Settings
from shared.cache.values import Cache
from tests.fakes import FakeSidecar
from tests.running import Running, running
from tests.shared.conftest import statement
from tests.shared.probe import until

SECRETS = {"activity-cursor-key": "k" * 64}


@pytest.fixture
async def run(database_url: str) -> AsyncIterator[Running]:
    async with running(create_app, Settings, database_url, secrets=SECRETS) as run:
        yield run


async def test_an_unknown_path_is_a_problem(run: Running) -> None:
    answer = await run.client.get("/api/activity/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "https://codezest.dev/problems/not-found"


async def test_a_wrong_parameter_is_named(run: Running) -> None:
    answer = await run.client.get("/api/activity/v1/feed?limit=0", headers=run.sign_in(uuid7()))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.limit"


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer x.y.z"}, {"authorization": "Basic YTpi"}])
async def test_who_is_not_signed_in_is_told_how(run: Running, header: dict[str, str]) -> None:
    answer = await run.client.get("/api/activity/v1/feed", headers=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "sign in" in answer.json()["detail"].lower()


async def test_a_body_over_a_mebibyte_is_refused(run: Running) -> None:
    big = b"x" * (1024 * 1024 + 1)
    answer = await run.client.post("/bus/deliver/auth", content=big, headers=run.from_sidecar)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/dapr/subscribe", "/bus/log?after=0"])
@pytest.mark.parametrize("token", ["", "wrong"])
async def test_the_sidecars_doors_are_shut_for_others(run: Running, path: str, token: str) -> None:
    assert (await run.client.get(path, headers={"dapr-api-token": token})).status_code == 401
    caller = run.from_service("learning") if path.startswith("/bus/log") else run.from_sidecar
    assert (await run.client.get(path, headers=caller)).status_code == 200


async def test_no_service_delivers_what_only_the_sidecar_may(run: Running) -> None:
    passed_on = await run.client.post("/bus/deliver/auth", content=b"{}", headers=run.from_service("learning"))
    assert passed_on.status_code == 401


@pytest.mark.parametrize("callers", [[], ["learning", "activity"]])
async def test_a_log_is_given_to_one_service_that_says_its_name(run: Running, callers: list[str]) -> None:
    headers = [*run.from_sidecar.items(), *(("dapr-caller-app-id", name) for name in callers)]
    assert (await run.client.get("/bus/log?after=0", headers=headers)).status_code == 403


async def test_the_sidecar_is_told_what_to_deliver(run: Running) -> None:
    asked = await run.client.get("/dapr/subscribe", headers=run.from_sidecar)
    assert [entry["topic"] for entry in asked.json()] == ["auth", "learning", "payments"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"source": "auth"}'])
async def test_a_delivery_that_is_no_event_is_never_dropped_or_retried(run: Running, body: bytes) -> None:
    answer = await run.client.post("/bus/deliver/auth", content=body, headers=run.from_sidecar)
    assert answer.json() == {"status": "SUCCESS"}


async def test_it_is_ready_while_serving_and_not_while_draining(run: Running) -> None:
    async def it_is_ready() -> bool:
        return bool((await run.client.get("/readyz")).json() == {"status": "ready", "degraded": []})

    await until(it_is_ready, "the database answers in time")
    run.app.state.readiness.ready = False
    assert (await run.client.get("/readyz")).status_code == 503
    assert (await run.client.get("/healthz")).status_code == 200


async def test_a_database_that_goes_away_is_said_and_asks_to_try_again(postgres: URL, database_url: str) -> None:
    gone = f"{database_url}_gone"
    name = make_url(gone).database
    await statement(postgres, f'create database "{name}" template {make_url(database_url).database}')
    async with running(create_app, Settings, gone, secrets=SECRETS) as run:
        await statement(postgres, f'drop database "{name}" with (force)')
        answer = await run.client.get("/api/activity/v1/feed", headers=run.sign_in(uuid7()))
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert answer.json()["type"] == "https://codezest.dev/problems/unavailable"
        assert (await run.client.get("/readyz")).json() == {"status": "ready", "degraded": ["database"]}


async def test_a_pool_that_is_exhausted_does_not_keep_a_probe_waiting(database_url: str) -> None:
    async with running(create_app, Settings, database_url, secrets=SECRETS, database_pool=4, broker=False) as run:
        await run.bus.stop()
        async with AsyncExitStack() as held:
            for _ in range(4):
                await held.enter_async_context(run.app.state.database.reading())
            async with asyncio.timeout(3):
                assert (await run.client.get("/readyz")).json()["degraded"] == ["database"]


async def test_a_cache_without_its_store_is_empty_and_fails_nobody() -> None:
    sidecar, loads = FakeSidecar(), 0
    cache = Cache(sidecar, namespace="test")

    async def load() -> int:
        nonlocal loads
        loads += 1
        return loads

    assert [await cache.get_or_load("n", load, ttl_seconds=60) for _ in range(2)] == [1, 1]
    sidecar.away.add("state")
    assert await cache.get_or_load("n", load, ttl_seconds=60) == 2
    await cache.forget("n")
    sidecar.away.clear()
    await cache.forget("n")
    assert await cache.get_or_load("n", load, ttl_seconds=60) == 3


async def test_a_body_that_grows_over_the_limit_is_refused(run: Running) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    answer = await run.client.post("/bus/deliver/auth", content=chunks(), headers=run.from_sidecar)
    assert answer.status_code == 413
    assert answer.json()["type"] == "https://codezest.dev/problems/request-entity-too-large"


async def test_what_nobody_foresaw_is_a_problem_and_logged_without_what_it_holds(
    run: Running, caplog: pytest.LogCaptureFixture
) -> None:
    run.app.state.deps = None
    answer = await run.client.get("/api/activity/v1/feed", headers=run.sign_in(uuid7()))
    assert answer.status_code == 500
    assert answer.json()["type"] == "https://codezest.dev/problems/internal"
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


async def test_a_failed_statement_does_not_quote_its_values(run: Running) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with run.database.reading() as connection:
            await connection.execute(text("select 1 / length(:address)"), {"address": ""})
    assert "hidden" in str(failed.value)
