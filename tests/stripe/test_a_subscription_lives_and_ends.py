from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stripe

from tests.stripe.running import Shop
from tools.stripe.periods import period_end

pytestmark = pytest.mark.thorough


async def test_renewing_starts_the_next_period_and_pays_another_invoice(shop: Shop) -> None:
    subscription = await shop.subscribe()
    old = subscription["items"].data[0]
    answer = await shop.browser.post(f"/_test/subscriptions/{subscription.id}/renew")
    assert answer.status_code == 200
    renewed = await shop.client.v1.subscriptions.retrieve_async(subscription.id)
    new = renewed["items"].data[0]
    assert new.current_period_start == old.current_period_end
    assert new.current_period_end > new.current_period_start
    invoices = await shop.client.v1.invoices.list_async({"subscription": subscription.id})
    assert [invoice.billing_reason for invoice in invoices.data] == ["subscription_cycle", "subscription_create"]
    assert {invoice.status for invoice in invoices.data} == {"paid"}
    assert invoices.data[0].id == renewed.latest_invoice
    assert invoices.data[0].period_start == old.current_period_start
    assert len({invoice.number for invoice in invoices.data}) == 2


async def test_ending_with_the_period_can_be_taken_back_and_otherwise_happens(shop: Shop) -> None:
    subscription = await shop.subscribe()
    client = shop.client.v1.subscriptions
    ending = await client.update_async(subscription.id, {"cancel_at_period_end": True})
    assert (ending.status, ending.cancel_at_period_end) == ("active", True)
    assert ending.cancel_at == ending["items"].data[0].current_period_end
    kept = await client.update_async(subscription.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at_period_end, kept.cancel_at, kept.canceled_at) == (False, None, None)

    await client.update_async(subscription.id, {"cancel_at_period_end": True})
    await shop.browser.post(f"/_test/subscriptions/{subscription.id}/renew")
    ended = await client.retrieve_async(subscription.id)
    assert ended.status == "canceled"
    invoices = await shop.client.v1.invoices.list_async({"subscription": subscription.id})
    assert len(invoices.data) == 1


async def test_cancelling_ends_it_now_and_the_lists_know(shop: Shop) -> None:
    subscription = await shop.subscribe()
    client, customer = shop.client.v1.subscriptions, subscription.customer
    ended = await client.cancel_async(subscription.id, {"cancellation_details": {"feedback": "too_expensive"}})
    assert (ended.status, ended.ended_at) == ("canceled", ended.canceled_at)
    assert ended.cancellation_details is not None
    assert ended.cancellation_details.feedback == "too_expensive"
    assert (await client.list_async({"customer": customer})).data == []
    everything = await client.list_async({"customer": customer, "status": "all"})
    assert [each.id for each in everything.data] == [subscription.id]
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        await client.cancel_async(subscription.id)
    await shop.receiver.wait_for(
        lambda: "customer.subscription.deleted" in shop.receiver.types_about(subscription.id), "the end to be told"
    )


async def test_the_door_for_tests_cancels_at_once(shop: Shop) -> None:
    subscription = await shop.subscribe()
    answer = await shop.browser.post(f"/_test/subscriptions/{subscription.id}/cancel")
    assert answer.json()["status"] == "canceled"
    gone = await shop.browser.post(f"/_test/subscriptions/{subscription.id}/renew")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("anchor", "start", "interval", "end"),
    [
        ("2026-01-31", "2026-01-31", "month", "2026-02-28"),
        ("2026-01-31", "2026-02-28", "month", "2026-03-31"),
        ("2026-11-22", "2026-12-22", "month", "2027-01-22"),
        ("2024-02-29", "2024-02-29", "year", "2025-02-28"),
        ("2024-02-29", "2027-02-28", "year", "2028-02-29"),
    ],
)
def test_a_period_keeps_to_the_day_of_the_first(anchor: str, start: str, interval: str, end: str) -> None:
    def seconds(day: str) -> int:
        return int(datetime.fromisoformat(f"{day}T10:30:00").replace(tzinfo=UTC).timestamp())

    assert period_end(seconds(anchor), seconds(start), interval) == seconds(end)
