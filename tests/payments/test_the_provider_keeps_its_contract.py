"""What payments relies on in a provider, asked of the one in memory and of Stripe's adapter over the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from services.payments.data.stripe import open_stripe
from services.payments.domain.plans import PaidPlan
from services.payments.domain.provider import (
    CustomerSnapshot,
    Notice,
    NoticeRefused,
    PaymentProvider,
    ProviderAway,
    SessionOrder,
)
from tests.payments.fakes import FakeProvider, signed, webhook_body
from tests.stripe.running import API_KEY, GOOD_CARD, WEBHOOK_SECRET, Standin


@dataclass(frozen=True)
class Shop:
    """A provider, and what people and time do to it; `go` takes the provider away for good."""

    provider: PaymentProvider
    pay: Callable[[str], Awaitable[None]]
    renew: Callable[[CustomerSnapshot], Awaitable[None]]
    cancel: Callable[[CustomerSnapshot], Awaitable[None]]
    go: Callable[[], None]

    async def order(self, user_id: UUID, plan: PaidPlan = "pro_monthly") -> SessionOrder:
        """An order of a new customer's."""
        prices = {price.plan: price for price in await self.provider.prices()}
        checkout_id = uuid7()
        return SessionOrder(
            checkout_id=checkout_id,
            user_id=user_id,
            customer_id=await self.provider.create_customer(user_id, key=f"{checkout_id}-customer"),
            price=prices[plan],
            success_url="http://localhost:8000/?yes",
            cancel_url="http://localhost:8000/?no",
        )

    async def bought(self, user_id: UUID, plan: PaidPlan = "pro_monthly") -> tuple[SessionOrder, CustomerSnapshot]:
        """An order, paid, and what the provider then holds."""
        order = await self.order(user_id, plan)
        session = await self.provider.open_session(order, key=f"{order.checkout_id}-session")
        await self.pay(session.session_id)
        return order, await self.look(order.customer_id)

    async def look(self, customer_id: str) -> CustomerSnapshot:
        """A customer who is there."""
        found = await self.provider.customer(customer_id)
        assert found is not None
        return found


@asynccontextmanager
async def in_memory() -> AsyncIterator[Shop]:
    provider = FakeProvider()

    async def pay(session_id: str) -> None:
        provider.pay(session_id)

    async def renew(customer: CustomerSnapshot) -> None:
        provider.renew(customer.subscriptions[0])

    async def cancel(customer: CustomerSnapshot) -> None:
        provider.end(customer.subscriptions[0])

    def go() -> None:
        provider.away = True

    yield Shop(provider, pay, renew, cancel, go)


@asynccontextmanager
async def over_the_standin(standin: Standin) -> AsyncIterator[Shop]:
    browser = httpx.AsyncClient(base_url=standin.url, trust_env=False, timeout=10)

    async def pay(session_id: str) -> None:
        assert (await browser.post(f"/c/pay/{session_id}", data={"card": GOOD_CARD})).status_code == 303

    async def renew(customer: CustomerSnapshot) -> None:
        path = f"/_test/subscriptions/{customer.subscriptions[0].subscription_id}/renew"
        assert (await browser.post(path)).status_code == 200

    async def cancel(customer: CustomerSnapshot) -> None:
        path = f"/_test/subscriptions/{customer.subscriptions[0].subscription_id}/cancel"
        assert (await browser.post(path)).status_code == 200

    await standin.start()
    stripe = open_stripe(standin.url, api_key=API_KEY, webhook_secret=WEBHOOK_SECRET, page=3)
    try:
        async with browser, stripe as provider:
            yield Shop(provider, pay, renew, cancel, standin.stop)
    finally:
        standin.stop()


@pytest.fixture(scope="module", params=["in memory", pytest.param("over the stand-in", marks=pytest.mark.platform)])
async def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    if request.param == "in memory":
        opened = in_memory()
    else:
        nobody = "http://127.0.0.1:9/nobody-listens"
        opened = over_the_standin(Standin(tmp_path_factory.mktemp("stripe"), nobody))
    async with opened as found:
        yield found


async def test_every_paid_plan_has_a_price(shop: Shop) -> None:
    prices = await shop.provider.prices()
    assert [(one.plan, one.amount, one.currency, one.interval) for one in prices] == [
        ("pro_monthly", 1900, "EUR", "month"),
        ("pro_yearly", 19000, "EUR", "year"),
    ]


async def test_a_key_makes_one_customer_and_one_page(shop: Shop) -> None:
    ada = uuid7()
    order = await shop.order(ada)
    assert await shop.provider.create_customer(ada, key=f"{order.checkout_id}-customer") == order.customer_id
    assert await shop.provider.create_customer(ada, key="another key") != order.customer_id
    first = await shop.provider.open_session(order, key="page")
    assert await shop.provider.open_session(order, key="page") == first
    assert first.url.startswith("http")
    assert timedelta(hours=23) < first.expires_at - datetime.now(UTC) < timedelta(hours=25)


async def test_a_key_is_for_one_request(shop: Shop) -> None:
    ada = uuid7()
    await shop.provider.create_customer(ada, key="this key")
    with pytest.raises(ProviderAway):
        await shop.provider.create_customer(uuid7(), key="this key")


async def test_a_new_customer_has_bought_nothing(shop: Shop) -> None:
    ada = uuid7()
    customer = await shop.look((await shop.order(ada)).customer_id)
    assert (customer.user_id, list(customer.subscriptions), list(customer.invoices)) == (ada, [], [])


async def test_nobody_is_known_by_a_wrong_id(shop: Shop) -> None:
    assert await shop.provider.customer("cus_nobody") is None


async def test_a_purchase_is_an_active_subscription_with_a_paid_invoice(shop: Shop) -> None:
    order, customer = await shop.bought(uuid7(), "pro_yearly")
    (subscription,), (invoice,) = customer.subscriptions, customer.invoices
    assert (subscription.plan, subscription.status, subscription.ended_at) == ("pro_yearly", "active", None)
    assert subscription.checkout_id == order.checkout_id
    assert subscription.current_period_end is not None
    assert subscription.current_period_end > subscription.started_at
    assert not subscription.cancel_at_period_end
    assert invoice.subscription_id == subscription.subscription_id
    assert (invoice.amount, invoice.currency, invoice.attempt) == (19000, "EUR", 1)
    assert invoice.number


async def test_nobody_can_pay_on_a_page_that_was_closed(shop: Shop) -> None:
    order = await shop.order(uuid7())
    session = await shop.provider.open_session(order, key=f"{order.checkout_id}-session")
    assert await shop.provider.close_session(session.session_id)
    assert await shop.provider.close_session(session.session_id)
    with pytest.raises(AssertionError):
        await shop.pay(session.session_id)
    assert list((await shop.look(order.customer_id)).subscriptions) == []


async def test_a_page_that_was_paid_on_cannot_be_closed(shop: Shop) -> None:
    order = await shop.order(uuid7())
    session = await shop.provider.open_session(order, key=f"{order.checkout_id}-session")
    await shop.pay(session.session_id)
    assert not await shop.provider.close_session(session.session_id)
    assert len((await shop.look(order.customer_id)).subscriptions) == 1


async def test_a_renewal_adds_an_invoice(shop: Shop) -> None:
    order, customer = await shop.bought(uuid7())
    await shop.renew(customer)
    renewed = await shop.look(order.customer_id)
    assert len({invoice.invoice_id for invoice in renewed.invoices}) == 2
    assert len(renewed.subscriptions) == 1


async def test_more_than_a_page_of_invoices_is_read_to_the_end(shop: Shop) -> None:
    order, customer = await shop.bought(uuid7())
    for _ in range(7):
        await shop.renew(customer)
    assert len({invoice.invoice_id for invoice in (await shop.look(order.customer_id)).invoices}) == 8


async def test_a_cancelled_subscription_is_still_told_of(shop: Shop) -> None:
    order, customer = await shop.bought(uuid7())
    await shop.cancel(customer)
    (subscription,) = (await shop.look(order.customer_id)).subscriptions
    assert subscription.status == "canceled"
    assert subscription.ended_at is not None


async def test_what_happened_to_a_customer_is_listed_though_nobody_was_told(shop: Shop) -> None:
    since = datetime.now(UTC)
    order, _ = await shop.bought(uuid7())
    notices = [notice async for notice in shop.provider.notices(since=since)]
    theirs = [notice for notice in notices if notice.customer_id == order.customer_id]
    assert {"customer.created", "invoice.paid", "checkout.session.completed"} <= {notice.type for notice in theirs}
    assert len({notice.event_id for notice in notices}) == len(notices)
    assert all(notice.created_at >= since.replace(microsecond=0) for notice in notices)
    later = shop.provider.notices(since=datetime.now(UTC) + timedelta(hours=1))
    assert [notice async for notice in later] == []


async def test_a_notice_is_read_if_its_signature_is_good(shop: Shop) -> None:
    _ = await shop.bought(uuid7())
    newest = await anext(shop.provider.notices(since=datetime.now(UTC) - timedelta(minutes=1)))
    body = webhook_body(newest)
    assert shop.provider.read_notice(body, signed(body)["stripe-signature"]) == newest
    with pytest.raises(NoticeRefused):
        shop.provider.read_notice(body, signed(body, secret="whsec_of_mallory")["stripe-signature"])


async def test_a_provider_that_is_gone_is_away(shop: Shop) -> None:
    """The last test of the file: nothing answers after it."""
    order = await shop.order(uuid7())
    shop.go()

    async def notices() -> list[Notice]:
        return [notice async for notice in shop.provider.notices(since=datetime.now(UTC))]

    answers = await asyncio.gather(
        shop.provider.prices(),
        shop.provider.create_customer(uuid7(), key="too late"),
        shop.provider.open_session(order, key="too late too"),
        shop.provider.close_session("cs_any"),
        shop.provider.customer(order.customer_id),
        notices(),
        return_exceptions=True,
    )
    assert [isinstance(answer, ProviderAway) and answer.retry_after == 5 for answer in answers] == [True] * 6
