"""What services send is what Stripe accepts, and what the stand-in answers is what Stripe could have answered."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from tests.stripe.running import DECLINED_CARD, Shop, free_port, until
from tests.stripe.specification import Specification, read_specification
from tools.toolchain import programs

pytestmark = pytest.mark.thorough

KINDS = {
    *("charge", "checkout.session", "customer", "event", "invoice", "invoice_payment", "payment_intent"),
    *("payment_method", "price", "product", "subscription"),
}
Request = Callable[[stripe.StripeClient, dict[str, str]], Awaitable[Any]]

# Every request a service of ours may make. `ids` holds an id per kind, of whichever server is asked.
REQUESTS: dict[str, Request] = {
    "prices": lambda c, ids: c.v1.prices.list_async(
        {"lookup_keys": ["pro_monthly"], "active": True, "limit": 10, "expand": ["data.product"]}
    ),
    "product": lambda c, ids: c.v1.products.retrieve_async(ids["product"]),
    "new customer": lambda c, ids: c.v1.customers.create_async(
        {"email": "ada@example.org", "name": "Ada", "preferred_locales": ["en"], "metadata": {"user_id": "u"}}
    ),
    "changed customer": lambda c, ids: c.v1.customers.update_async(ids["customer"], {"email": "ada@example.com"}),
    "customer": lambda c, ids: c.v1.customers.retrieve_async(ids["customer"]),
    "customers": lambda c, ids: c.v1.customers.list_async({"email": "ada@example.org"}),
    "new session": lambda c, ids: c.v1.checkout.sessions.create_async(
        {
            "mode": "subscription",
            "customer": ids["customer"],
            "line_items": [{"price": ids["price"], "quantity": 1}],
            "success_url": "http://localhost:8000/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost:8000/plans",
            "client_reference_id": "u",
            "locale": "en",
            "allow_promotion_codes": False,
            "metadata": {"user_id": "u"},
            "subscription_data": {"metadata": {"user_id": "u"}},
        }
    ),
    "session": lambda c, ids: c.v1.checkout.sessions.retrieve_async(
        ids["checkout.session"], {"expand": ["subscription.latest_invoice", "customer", "line_items"]}
    ),
    "sessions": lambda c, ids: c.v1.checkout.sessions.list_async({"customer": ids["customer"], "status": "complete"}),
    "lines of a session": lambda c, ids: c.v1.checkout.sessions.line_items.list_async(ids["checkout.session"]),
    "subscription": lambda c, ids: c.v1.subscriptions.retrieve_async(
        ids["subscription"], {"expand": ["latest_invoice.payments", "default_payment_method", "customer"]}
    ),
    "subscriptions": lambda c, ids: c.v1.subscriptions.list_async({"customer": ids["customer"], "status": "all"}),
    "ending subscription": lambda c, ids: c.v1.subscriptions.update_async(
        ids["subscription"], {"cancel_at_period_end": True, "cancellation_details": {"comment": "Too busy"}}
    ),
    "invoices": lambda c, ids: c.v1.invoices.list_async(
        {"customer": ids["customer"], "subscription": ids["subscription"], "status": "paid"}
    ),
    "invoice": lambda c, ids: c.v1.invoices.retrieve_async(ids["invoice"]),
    "payments": lambda c, ids: c.v1.invoice_payments.list_async({"invoice": ids["invoice"]}),
    "payment": lambda c, ids: c.v1.payment_intents.retrieve_async(ids["payment_intent"]),
    "charges": lambda c, ids: c.v1.charges.list_async({"customer": ids["customer"]}),
    "events": lambda c, ids: c.v1.events.list_async(
        {"created": {"gte": 1, "lt": 2000000000}, "types": ["invoice.paid", "charge.failed"], "limit": 100}
    ),
    "later events": lambda c, ids: c.v1.events.list_async({"type": "invoice.*", "ending_before": ids["event"]}),
    "event": lambda c, ids: c.v1.events.retrieve_async(ids["event"]),
    "ended subscription": lambda c, ids: c.v1.subscriptions.cancel_async(ids["subscription"], {"prorate": False}),
}


async def purchase(shop: Shop) -> dict[str, str]:
    """A decline, then a purchase with a renewal; one id of every kind that came of it."""
    await shop.client.v1.checkout.sessions.expire_async((await shop.open_session()).id)
    session = await shop.open_session()
    await shop.pay(session, DECLINED_CARD)
    await shop.pay(session)
    paid = await shop.client.v1.checkout.sessions.retrieve_async(session.id)
    assert isinstance(paid.subscription, str)
    assert (await shop.browser.post(f"/_test/subscriptions/{paid.subscription}/renew")).status_code == 200
    ids = {"checkout.session": session.id}
    for event in [event async for event in (await shop.client.v1.events.list_async()).auto_paging_iter()]:
        told = event.data.object
        ids.setdefault("event", event.id)
        ids.setdefault(told["object"], told["id"])
    price = (await shop.client.v1.prices.list_async()).data[0]
    ids |= {"price": price.id, "product": str(price.product)}
    return ids


def as_sent(answer: stripe.StripeObject) -> dict[str, Any]:
    """The JSON again: the library turns a few strings into decimals."""
    sent: dict[str, Any] = json.loads(str(answer))
    return sent


async def test_every_field_of_an_object_is_one_that_the_library_knows(shop: Shop) -> None:
    ids = await purchase(shop)
    for name, request in REQUESTS.items():
        answer = await request(shop.client, ids)
        for obj in answer.data if isinstance(answer, stripe.ListObject) else [answer]:
            unknown = set(obj.to_dict()) - set(type(obj).__annotations__)
            assert not unknown, f"{name}: {type(obj).__name__} has no {unknown}"


@pytest.mark.platform
async def test_stripes_own_specification_accepts_every_request_of_ours(mock: str) -> None:
    client = stripe.StripeClient(
        "sk_test_123", base_addresses={"api": mock}, http_client=stripe.HTTPXClient(timeout=10), max_network_retries=0
    )
    try:
        ids = {kind: f"{kind.replace('.', '_')}_1" for kind in KINDS}
        for request in REQUESTS.values():
            await request(client, ids)
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.customers.create_async({"surname": "Lovelace"})  # type: ignore[arg-type]  # wrong on purpose
    finally:
        await client._requestor._get_http_client().close_async()  # type: ignore[no-untyped-call]  # the library's


@pytest.mark.platform
async def test_every_answer_and_event_fits_stripes_own_specification(shop: Shop, specification: Specification) -> None:
    ids = await purchase(shop)
    answers = [as_sent(await request(shop.client, ids)) for request in REQUESTS.values()]
    seen = [obj for answer in answers for obj in (answer["data"] if answer["object"] == "list" else [answer])]
    events = as_sent(await shop.client.v1.events.list_async({"limit": 100}))["data"]
    seen += [each for event in events for each in (event, event["data"]["object"])]
    assert {obj["object"] for obj in seen} >= KINDS
    differences = {difference for obj in seen for difference in specification.differences(obj)}
    assert differences == set()


@pytest.mark.platform
def test_the_comparison_sees_a_wrong_type_an_unknown_a_missing_and_a_null_field(specification: Specification) -> None:
    product: dict[str, Any] = {"object": "product", "id": 1, "livemode": None, "colour": "red"}
    assert {
        "product.id is int, not string",
        "product.livemode is null",
        "product.colour is unknown",
        "product.name is missing",
    } <= set(specification.differences(product))


@pytest.fixture(scope="module")
def stripe_mock() -> Path:
    """Stripe's own mock server; built into the user's cache when it is not there."""
    return programs.ensure("stripe-mock")


@pytest.fixture(scope="module")
def specification(stripe_mock: Path) -> Specification:
    return read_specification(stripe_mock)


@pytest.fixture
async def mock(stripe_mock: Path) -> AsyncIterator[str]:
    """The address of a running stripe-mock."""
    port = free_port()
    command = [str(stripe_mock), "-http-addr", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - starting takes a millisecond

    async def answers() -> bool:
        assert process.poll() is None, "stripe-mock ended at start"
        async with httpx.AsyncClient(trust_env=False) as browser:
            try:
                await browser.get(f"http://127.0.0.1:{port}/v1/prices", timeout=2)
            except httpx.HTTPError:
                return False
        return True

    await until(answers, "stripe-mock to answer")
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
