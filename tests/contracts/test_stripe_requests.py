"""What the payments service asks of Stripe is what Stripe's own specification allows."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
import stripe
from uuid_utils.compat import uuid7

from services.payments.data.stripe import StripeProvider
from services.payments.data.stripe_http import PooledClient
from services.payments.domain.plans import Price, PricesUnavailable
from services.payments.domain.provider import SessionOrder
from tests.stripe.running import free_port, until
from tools.toolchain import programs

pytestmark = pytest.mark.platform

PRICE = Price(plan="pro_monthly", price_id="price_1", amount=1900, currency="EUR", interval="month")


@dataclass
class Recorded:
    """The adapter over Stripe's mock server, and what it was answered: method, path and status of each request."""

    provider: StripeProvider
    client: httpx.AsyncClient
    answers: list[tuple[str, str, int]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def note(self, response: httpx.Response) -> None:
        """Keep an answer."""
        self.answers.append((response.request.method, response.request.url.path, response.status_code))
        if response.is_error:
            self.complaints.append((await response.aread()).decode())


@pytest.fixture(scope="module")
async def mock_address() -> AsyncIterator[str]:
    """Stripe's own mock server, which refuses whatever its specification does not allow."""
    port = free_port()
    command = [str(programs.ensure("stripe-mock")), "-http-addr", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - starting takes a millisecond

    async def answers() -> bool:
        assert process.poll() is None, "stripe-mock ended at start"
        async with httpx.AsyncClient(trust_env=False) as browser:
            with suppress(httpx.HTTPError):
                await browser.get(f"http://127.0.0.1:{port}/v1/prices", timeout=2)
                return True
        return False

    await until(answers, "stripe-mock to answer")
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
async def recorded(mock_address: str) -> AsyncIterator[Recorded]:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        client = stripe.StripeClient(
            "sk_test_123", base_addresses={"api": mock_address}, http_client=PooledClient(http), max_network_retries=0
        )
        found = Recorded(StripeProvider(client, webhook_secret="whsec_none"), http)
        http.event_hooks["response"] = [found.note]
        yield found
        assert found.complaints == []


async def test_prices(recorded: Recorded) -> None:
    with pytest.raises(PricesUnavailable):  # the mock knows no lookup key of ours
        await recorded.provider.prices()
    assert recorded.answers == [("GET", "/v1/prices", 200)]


async def test_a_new_customer(recorded: Recorded) -> None:
    assert (await recorded.provider.create_customer(uuid7(), key=str(uuid7()))).startswith("cus_")
    assert recorded.answers == [("POST", "/v1/customers", 200)]


async def test_a_payment_page(recorded: Recorded) -> None:
    order = SessionOrder(
        checkout_id=uuid7(),
        user_id=uuid7(),
        customer_id="cus_1",
        price=PRICE,
        success_url="http://localhost:8000/?session={CHECKOUT_SESSION_ID}",
        cancel_url="http://localhost:8000/",
    )
    with suppress(ValueError):  # the mock's session may have no page
        await recorded.provider.open_session(order, key=str(uuid7()))
    assert recorded.answers == [("POST", "/v1/checkout/sessions", 200)]


async def test_everything_of_a_customer(recorded: Recorded) -> None:
    customer = await recorded.provider.customer("cus_1")
    assert customer is not None
    assert customer.subscriptions
    first = {("GET", path, 200) for path in ("/v1/customers/cus_1", "/v1/subscriptions", "/v1/invoices")}
    assert set(recorded.answers) == first


async def test_notices(recorded: Recorded) -> None:
    notices = [notice async for notice in recorded.provider.notices(since=datetime.now(UTC))]
    assert [notice.event_id[:4] for notice in notices] == ["evt_"]
    assert recorded.answers == [("GET", "/v1/events", 200)]
