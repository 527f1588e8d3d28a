"""The service with Stripe's adapter, the stand-in as a process, and webhooks over the wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import uvicorn
from uuid_utils.compat import uuid7

from services.payments.main import create_app
from services.payments.settings import Settings
from shared.events.auth import EmailVerified
from tests.payments.conftest import Postgres
from tests.payments.waiting import until
from tests.running import Running, running
from tests.stripe.running import API_KEY, DECLINED_CARD, GOOD_CARD, WEBHOOK_SECRET, Standin, free_port

pytestmark = pytest.mark.platform

V1 = "/api/payments/v1"


@asynccontextmanager
async def served(run: Running, port: int) -> AsyncIterator[None]:
    """The running app on a port too, so that webhooks reach it."""
    config = uvicorn.Config(run.app, host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, "the port to be open")
    yield
    server.should_exit = True
    await task


@asynccontextmanager
async def service(standin: Standin, database_url: str, *, sweep_seconds: float) -> AsyncIterator[Running]:
    secrets = {"payments-stripe-api-key": API_KEY, "payments-stripe-webhook-secret": WEBHOOK_SECRET}
    async with running(
        create_app,
        Settings,
        database_url,
        secrets=secrets,
        stripe_api_base=standin.url,
        stripe_sweep_seconds=sweep_seconds,
    ) as run:
        yield run


async def checkout(run: Running, user_id: UUID) -> str:
    """A verified person's payment page."""
    await run.happens(EmailVerified(user_id=user_id))
    headers = run.sign_in(user_id) | {"idempotency-key": "key-1"}
    opened = await run.client.post(f"{V1}/checkouts", json={"plan": "pro_monthly"}, headers=headers)
    assert opened.status_code == 201, opened.text
    url: str = opened.json()["url"]
    return url


async def pays(url: str, card: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as browser:
        return await browser.post(url, data={"card": card})


async def awaits_pro(run: Running, user_id: UUID) -> None:
    async def has_pro() -> bool:
        answer = await run.client.get(f"{V1}/entitlements", headers=run.sign_in(user_id))
        return bool(answer.json()["tier"] == "pro")

    await until(has_pro, "Pro")

    async def is_published() -> bool:
        return len(run.sidecar.published["payments"]) >= 3

    await until(is_published, "the three facts")
    types = [event["type"].split(".")[1] for event in run.sidecar.published["payments"]]
    assert types == ["subscription-activated", "payment-succeeded", "entitlement-granted"]


@pytest.fixture
async def emptied(postgres_store: Postgres) -> None:
    await postgres_store.empty()


@pytest.mark.usefixtures("emptied")
async def test_paying_opens_pro_and_a_declined_card_does_not(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    standin = Standin(tmp_path, f"http://127.0.0.1:{port}{V1}/stripe/webhook")
    await standin.start()
    try:
        async with service(standin, database_url, sweep_seconds=3600) as run, served(run, port):
            ada = uuid7()
            url = await checkout(run, ada)
            assert (await pays(url, DECLINED_CARD)).status_code == 402
            assert (await pays(url, GOOD_CARD)).status_code == 303
            await awaits_pro(run, ada)
    finally:
        standin.stop()


@pytest.mark.usefixtures("emptied")
async def test_with_every_webhook_lost_the_sweep_opens_pro(database_url: str, tmp_path: Path) -> None:
    standin = Standin(tmp_path, "http://127.0.0.1:9/nobody-listens")
    await standin.start()
    try:
        async with service(standin, database_url, sweep_seconds=0.2) as run:
            ada = uuid7()
            assert (await pays(await checkout(run, ada), GOOD_CARD)).status_code == 303
            await awaits_pro(run, ada)
    finally:
        standin.stop()
