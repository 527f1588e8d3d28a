import asyncio
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.payments.domain.checkouts import (
    Checkout,
    CheckoutInProgress,
    PaymentUnderWay,
    finish_checkout,
    price_checkout,
)
from services.payments.domain.entitlements import AlreadySubscribed
from services.payments.domain.provider import ProviderAway
from shared.errors import IdempotencyKeyReused
from shared.lease import LEASE
from tests.payments.fakes import PRICES
from tests.payments.till import Till


def session(checkout: Checkout) -> str:
    assert checkout.session_id is not None
    return checkout.session_id


async def test_two_keys_at_once_open_one_page(till: Till) -> None:
    ada = await till.verified()
    till.provider.open_gate.clear()
    both = [asyncio.create_task(till.opens(ada, key=key)) for key in ("key-1", "key-2")]
    await till.provider.is_called()
    till.provider.open_gate.set()
    first, second = await asyncio.gather(*both)
    assert (first.id, first.url) == (second.id, second.url)
    assert till.provider.asked == ["prices", "create_customer", "open_session"]


async def test_a_new_key_leads_to_the_page_that_is_open_and_always_will(till: Till) -> None:
    ada = await till.verified()
    first = await till.opens(ada, key="key-1")
    assert (await till.opens(ada, key="key-2")).id == first.id
    subscription = till.provider.pay(session(first))
    await till.hears_all()
    till.provider.end(subscription)
    await till.hears_all()
    assert (await till.opens(ada, key="key-2")).id == first.id
    assert (await till.opens(ada, key="key-3")).id != first.id


async def test_a_key_that_was_answered_with_another_ones_page_is_still_for_one_request(till: Till) -> None:
    ada = await till.verified()
    await till.opens(ada, key="key-1")
    await till.opens(ada, key="key-2")
    with pytest.raises(IdempotencyKeyReused):
        await till.opens(ada, key="key-2", plan="pro_yearly")


async def test_a_page_is_its_buyers_alone(till: Till) -> None:
    ada, brian = await till.verified(), await till.verified()
    assert (await till.opens(ada)).id != (await till.opens(brian)).id


async def test_after_the_page_has_expired_a_new_one_is_opened(till: Till) -> None:
    ada = await till.verified()
    first = await till.opens(ada, key="key-1")
    till.passes(days=1)
    assert (await till.opens(ada, key="key-2")).id != first.id


async def test_for_another_plan_the_open_page_is_closed_first(till: Till) -> None:
    ada = await till.verified()
    monthly = await till.opens(ada, key="key-1")
    yearly = await till.opens(ada, key="key-2", plan="pro_yearly")
    assert (yearly.plan, yearly.customer_id) == ("pro_yearly", monthly.customer_id)
    with pytest.raises(AssertionError, match="nobody can pay"):
        till.provider.pay(session(monthly))
    again = await till.opens(ada, key="key-1")
    assert (again.url, again.expires_at) == (monthly.url, monthly.expires_at)  # the answer stays as it was
    assert again.status(at=till.at) == "expired"
    assert (await till.opens(ada, key="key-3")).id not in {monthly.id, yearly.id}
    with pytest.raises(AssertionError, match="nobody can pay"):
        till.provider.pay(session(yearly))


async def test_two_plans_at_once_leave_one_page_that_can_be_paid(till: Till) -> None:
    ada = await till.verified()
    till.provider.open_gate.clear()
    both = [
        asyncio.create_task(till.opens(ada, key="key-1", plan="pro_monthly")),
        asyncio.create_task(till.opens(ada, key="key-2", plan="pro_yearly")),
    ]
    await till.provider.is_called()
    till.provider.open_gate.set()
    checkouts = await asyncio.gather(*both)
    assert len(payable(till, ada)) == 1
    assert payable(till, ada) < {session(checkout) for checkout in checkouts}


async def test_with_the_open_page_paid_for_but_not_yet_known_no_other_is_opened(till: Till) -> None:
    ada = await till.verified()
    await till.buys(ada, key="key-1")
    with pytest.raises(PaymentUnderWay) as refused:
        await till.opens(ada, key="key-2", plan="pro_yearly")
    assert refused.value.retry_after == 5
    await till.hears_all()
    with pytest.raises(AlreadySubscribed):
        await till.opens(ada, key="key-2", plan="pro_yearly")


async def test_with_the_provider_away_no_page_is_closed_and_none_is_opened(till: Till) -> None:
    ada = await till.verified()
    monthly = await till.opens(ada, key="key-1")
    till.provider.away = True
    with pytest.raises(ProviderAway):
        await till.opens(ada, key="key-2", plan="pro_yearly")
    till.provider.away = False
    assert (await till.opens(ada, key="key-3")).id == monthly.id


async def test_a_page_that_was_opened_too_slowly_is_shown_to_nobody(till: Till) -> None:
    ada = await till.verified()
    lease = uuid7()
    slow = await till.begins(ada, lease=lease)
    customer = await till.provider.create_customer(ada, key="slow-customer")
    slow = await price_checkout(
        till.store.uow(), checkout_id=slow.id, customer_id=customer, price=PRICES[0], at=till.at
    )
    page = await till.provider.open_session(slow.session_order(PRICES[0]), key="slow-session")
    await till.refuses_while_one_is_in_progress(ada, key="key-2")
    till.passes(seconds=LEASE.total_seconds())
    quick = await till.opens(ada, key="key-2")
    with pytest.raises(CheckoutInProgress):
        await finish_checkout(till.store.uow(), checkout_id=slow.id, lease=lease, session=page)
    assert (await till.opens(ada, key="key-1")).id == quick.id


def payable(till: Till, user_id: UUID) -> set[str]:
    """The pages at the provider that the person could still pay on."""
    provider = till.provider
    theirs = {one for one, order in provider._orders.items() if order.user_id == user_id}
    return theirs - provider._closed - provider._paid
