from __future__ import annotations

import time

import pytest
import stripe

from tests.stripe.running import WEBHOOK_SECRET, Shop
from tools.stripe.webhooks import signature

pytestmark = pytest.mark.thorough

TOLD_OF_A_PURCHASE = {
    *("customer.created", "customer.updated", "payment_method.attached", "payment_intent.created"),
    *("charge.succeeded", "payment_intent.succeeded", "invoice.created", "invoice.finalized", "invoice.paid"),
    *("invoice.payment_succeeded", "customer.subscription.created"),
    *("customer.subscription.updated", "checkout.session.completed"),
}


async def test_a_purchase_is_told_in_signed_events_that_the_official_library_accepts(shop: Shop) -> None:
    subscription = await shop.subscribe()
    customer = subscription.customer
    await shop.receiver.wait_for(
        lambda: set(shop.receiver.types_about(customer)) >= TOLD_OF_A_PURCHASE, "all events of the purchase"
    )
    assert shop.receiver.forged == 0
    await shop.receiver.wait_for(lambda: bool(shop.receiver.types_about('"invoice_payment.paid"')), "its payment")
    completed = next(
        event for event in shop.receiver.events_about(customer) if event.type == "checkout.session.completed"
    )
    assert completed.api_version == stripe.api_version
    session = completed.data.object
    assert (session["payment_status"], session["client_reference_id"]) == ("paid", "u-ada")
    assert session["subscription"] == subscription.id
    assert "line_items" not in session


async def test_an_update_says_what_was_before(shop: Shop) -> None:
    subscription = await shop.subscribe()
    await shop.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    events = await shop.client.v1.events.list_async({"type": "customer.subscription.updated", "limit": 1})
    previous = events.data[0].data.previous_attributes
    assert previous is not None
    assert previous["cancel_at_period_end"] is False
    assert previous["cancellation_details"].to_dict() == {"reason": None}
    assert "items" not in previous


async def test_a_receiver_that_fails_twice_gets_the_third(own_shop: Shop) -> None:
    own_shop.receiver.failures = 2
    own_shop.receiver.start()
    customer = await own_shop.client.v1.customers.create_async({"email": "ada@example.org"})
    await own_shop.receiver.wait_for(lambda: len(own_shop.receiver.events) == 1, "the third attempt")
    assert own_shop.receiver.requests == 3
    told = own_shop.receiver.events[0]
    assert (told.type, told.data.object["id"]) == ("customer.created", customer.id)
    # The stand-in records the answer after the receiver has given it.
    await own_shop.overview_says("delivered, tries: 3, last answer: 200")


async def test_killed_between_payment_and_delivery_it_delivers_after_the_restart(own_shop: Shop) -> None:
    subscription = await own_shop.subscribe()
    events = await own_shop.client.v1.events.list_async({"limit": 100})
    assert {event.pending_webhooks for event in events.data} == {1}
    own_shop.standin.kill()

    own_shop.receiver.start()
    await own_shop.standin.start()
    expected = {event.id for event in events.data}
    await own_shop.receiver.wait_for(
        lambda: {event.id for event in own_shop.receiver.events} == expected, "every event from before the kill"
    )
    kept = await own_shop.client.v1.subscriptions.retrieve_async(subscription.id)
    assert kept.status == "active"


async def test_an_event_can_be_replayed_and_keeps_its_id(shop: Shop) -> None:
    customer = await shop.client.v1.customers.create_async({"email": "ada@example.org"})
    events = await shop.client.v1.events.list_async({"type": "customer.created", "limit": 1})
    event_id = events.data[0].id
    answer = await shop.browser.post(f"/_test/events/{event_id}/replay", params={"times": 5})
    assert answer.json() == {"event": event_id, "times": 5}
    again = await shop.browser.post(f"/events/{event_id}/send-again")
    assert (again.status_code, again.headers["Location"]) == (303, "/#events")
    await shop.receiver.wait_for(
        lambda: shop.receiver.types_about(customer.id) == ["customer.created"] * 7, "the first, five and one more"
    )
    assert {event.id for event in shop.receiver.events_about(customer.id)} == {event_id}


def test_a_changed_body_or_another_secret_does_not_verify() -> None:
    body = b'{"object": "event", "id": "evt_1"}'
    header = signature(body, WEBHOOK_SECRET, at=int(time.time()))
    assert stripe.Webhook.construct_event(body, header, WEBHOOK_SECRET).id == "evt_1"
    for forged_body, secret in ((body.replace(b"evt_1", b"evt_2"), WEBHOOK_SECRET), (body, "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(forged_body, header, secret)
