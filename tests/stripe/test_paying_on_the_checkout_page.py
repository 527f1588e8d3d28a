from __future__ import annotations

import asyncio

import pytest
import stripe

from tests.stripe.running import DECLINED_CARD, GOOD_CARD, Shop

pytestmark = pytest.mark.thorough


async def test_the_page_shows_what_ada_buys_and_two_cards_she_can_choose(shop: Shop) -> None:
    session = await shop.open_session()
    page = await shop.browser.get(session.url)
    assert page.status_code == 200
    for text in ("CodeZest Pro", "€19.00 per month", GOOD_CARD, DECLINED_CARD, '<html lang="en">', "<legend>Card"):
        assert text in page.text
    assert "http://localhost:8000/plans" in page.text
    assert "<script" not in page.text


async def test_the_good_card_makes_an_active_subscription_with_a_paid_invoice(shop: Shop) -> None:
    session = await shop.open_session(price="pro_yearly")
    answer = await shop.pay(session)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://localhost:8000/paid?session={session.id}"

    paid = await shop.client.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["subscription.latest_invoice.payments", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    subscription = paid.subscription
    assert isinstance(subscription, stripe.Subscription)
    item = subscription["items"].data[0]
    assert (subscription.status, subscription.customer) == ("active", session.customer)
    assert subscription.metadata["user_id"] == "u-ada"
    assert item.price.lookup_key == "pro_yearly"
    assert item.current_period_end - item.current_period_start in {365 * 86400, 366 * 86400}
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.amount_paid, invoice.currency, invoice.amount_remaining) == (
        "paid",
        19000,
        "eur",
        0,
    )
    assert invoice.parent is not None
    assert invoice.parent.subscription_details is not None
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.lines.data[0].period.end == item.current_period_end
    assert invoice.payments is not None
    assert invoice.payments.data[0].amount_paid == 19000
    page = await shop.browser.get(str(invoice.hosted_invoice_url))
    assert str(invoice.number) in page.text
    assert "€190.00" in page.text


async def test_a_declined_card_leaves_the_session_open_and_the_good_card_then_pays(shop: Shop) -> None:
    session = await shop.open_session()
    refused = await shop.pay(session, DECLINED_CARD)
    assert refused.status_code == 402
    assert 'role="alert"' in refused.text
    assert "Your card was declined." in refused.text
    still_open = await shop.client.v1.checkout.sessions.retrieve_async(session.id)
    assert (still_open.status, still_open.payment_status, still_open.subscription) == ("open", "unpaid", None)
    failed = {"charge.failed", "payment_intent.payment_failed"}

    def about() -> set[str]:
        return set(shop.receiver.types_about(str(session.customer)))

    await shop.receiver.wait_for(lambda: failed <= about(), "the failure to be told")

    assert (await shop.pay(session)).status_code == 303
    await shop.receiver.wait_for(lambda: "checkout.session.completed" in about(), "the payment to be told")


async def test_two_clicks_at_once_make_one_subscription(shop: Shop) -> None:
    session = await shop.open_session()
    answers = await asyncio.gather(*(shop.pay(session) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {303}
    found = await shop.client.v1.subscriptions.list_async({"customer": session.customer, "status": "all"})
    invoices = await shop.client.v1.invoices.list_async({"customer": session.customer})
    assert (len(found.data), len(invoices.data)) == (1, 1)


async def test_coming_back_to_a_paid_session_offers_the_way_on_and_charges_nothing(shop: Shop) -> None:
    session = await shop.open_session()
    await shop.pay(session)
    again = await shop.pay(session)
    assert (again.status_code, again.headers["Location"]) == (303, f"http://localhost:8000/paid?session={session.id}")
    page = await shop.browser.get(f"/c/pay/{session.id}")
    assert "You have already paid" in page.text


async def test_an_expired_session_cannot_be_paid_and_says_so(shop: Shop) -> None:
    session = await shop.open_session()
    expired = await shop.client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    answer = await shop.pay(session)
    assert answer.status_code == 410
    assert "This checkout has expired" in answer.text
    found = await shop.client.v1.subscriptions.list_async({"customer": session.customer, "status": "all"})
    assert found.data == []
    await shop.receiver.wait_for(
        lambda: "checkout.session.expired" in shop.receiver.types_about(session.id), "the expiry to be told"
    )
    with pytest.raises(stripe.InvalidRequestError, match='has a status of "expired"'):
        await shop.client.v1.checkout.sessions.expire_async(session.id)


async def test_a_number_that_is_no_card_is_refused_without_a_trace(shop: Shop) -> None:
    session = await shop.open_session()
    answer = await shop.pay(session, "1234")
    assert answer.status_code == 400
    assert "Your card number is invalid" in answer.text
    charges = await shop.client.v1.charges.list_async({"customer": session.customer})
    assert charges.data == []


async def test_what_mallory_puts_into_an_address_is_text_on_the_page(shop: Shop) -> None:
    prices = await shop.client.v1.prices.list_async()
    session = await shop.client.v1.checkout.sessions.create_async(
        {
            "mode": "subscription",
            "line_items": [{"price": prices.data[0].id, "quantity": 1}],
            "success_url": "http://localhost:8000/",
            "cancel_url": 'http://localhost:8000/"><script>alert(1)</script>',
        }
    )
    assert "<script" not in (await shop.browser.get(str(session.url))).text
    with pytest.raises(stripe.InvalidRequestError, match="Not a valid URL"):
        await shop.client.v1.checkout.sessions.create_async(
            {
                "mode": "subscription",
                "line_items": [{"price": prices.data[0].id, "quantity": 1}],
                "success_url": "javascript:alert(1)",
            }
        )


async def test_a_session_without_a_customer_makes_one_when_it_is_paid(shop: Shop) -> None:
    prices = await shop.client.v1.prices.list_async({"lookup_keys": ["pro_monthly"]})
    session = await shop.client.v1.checkout.sessions.create_async(
        {
            "mode": "subscription",
            "customer_email": "brian@example.org",
            "line_items": [{"price": prices.data[0].id, "quantity": 1}],
            "success_url": "http://localhost:8000/",
        }
    )
    await shop.pay(session)
    paid = await shop.client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["customer"]})
    assert isinstance(paid.customer, stripe.Customer)
    assert paid.customer.email == "brian@example.org"
    assert paid.status == "complete"
