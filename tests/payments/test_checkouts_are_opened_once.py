import asyncio
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from services.payments.domain.checkouts import keep_checkout
from services.payments.domain.entitlements import AlreadySubscribed
from services.payments.domain.people import EmailNotVerified
from services.payments.domain.plans import Price
from services.payments.domain.provider import ProviderAway
from shared.errors import IdempotencyKeyReused
from shared.lease import LEASE
from tests.payments.till import Till


async def test_somebody_verified_gets_a_payment_page(till: Till) -> None:
    ada = await till.verified()
    checkout = await till.opens(ada)
    assert (checkout.plan, checkout.amount, checkout.currency) == ("pro_monthly", 1900, "EUR")
    assert checkout.url
    assert checkout.status(at=till.at) == "open"
    assert checkout.status(at=till.at + timedelta(days=2)) == "expired"
    assert till.provider.asked == ["prices", "create_customer", "open_session"]


async def test_somebody_unverified_is_refused_and_may_use_the_key_again(till: Till) -> None:
    mallory = uuid7()
    with pytest.raises(EmailNotVerified) as refused:
        await till.opens(mallory)
    assert refused.value.retry_after == 1
    assert till.provider.asked == []
    async with till.store.uow() as uow:
        await uow.people.add(mallory, at=till.at)
    assert (await till.opens(mallory)).url


async def test_somebody_with_pro_has_nothing_to_buy(till: Till) -> None:
    ada = await till.verified()
    await till.buys(ada)
    await till.hears_all()
    with pytest.raises(AlreadySubscribed):
        await till.opens(ada, key="key-2")


async def test_the_same_key_gives_the_same_checkout_even_after_the_purchase(till: Till) -> None:
    ada = await till.verified()
    first = await till.opens(ada)
    assert first.session_id
    till.provider.pay(first.session_id)
    await till.hears_all()
    till.provider.away = True
    second = await till.opens(ada)
    assert (second.id, second.url) == (first.id, first.url)


async def test_the_same_key_for_another_plan_is_refused(till: Till) -> None:
    ada = await till.verified()
    await till.opens(ada, plan="pro_monthly")
    with pytest.raises(IdempotencyKeyReused):
        await till.opens(ada, plan="pro_yearly")


async def test_a_key_is_its_owners_alone(till: Till) -> None:
    ada, brian = await till.verified(), await till.verified()
    assert (await till.opens(ada)).id != (await till.opens(brian)).id


async def test_many_at_once_with_one_key_open_one_page(till: Till) -> None:
    ada = await till.verified()
    till.provider.open_gate.clear()
    several = [asyncio.create_task(till.opens(ada)) for _ in range(5)]
    await till.provider.is_called()
    till.provider.open_gate.set()
    checkouts = await asyncio.gather(*several)
    assert len({(one.id, one.url) for one in checkouts}) == 1
    assert till.provider.asked.count("open_session") == 1


async def test_a_repetition_gives_up_waiting_and_says_when_to_come_back(till: Till) -> None:
    ada = await till.verified()
    till.provider.open_gate.clear()
    first = asyncio.create_task(till.opens(ada))
    await till.provider.is_called()
    assert await till.refuses_while_one_is_in_progress(ada) == 1
    till.provider.open_gate.set()
    assert (await first).url == (await till.opens(ada)).url


async def test_with_the_provider_away_the_same_request_may_be_sent_again_at_once(till: Till) -> None:
    ada = await till.verified()
    till.provider.away = True
    with pytest.raises(ProviderAway):
        await till.opens(ada)
    till.provider.away = False
    assert (await till.opens(ada)).url


async def test_what_a_crash_left_is_taken_up_when_its_lease_is_over(till: Till) -> None:
    ada = await till.verified()
    lost = await till.begins(ada, lease=uuid7())
    await till.refuses_while_one_is_in_progress(ada)
    till.passes(seconds=LEASE.total_seconds())
    assert (await till.opens(ada)).id == lost.id


async def test_a_lease_that_is_kept_holds_others_off_until_it_is_kept_no_more(till: Till) -> None:
    ada, lease = await till.verified(), uuid7()
    slow = await till.begins(ada, lease=lease)
    till.passes(seconds=LEASE.total_seconds() - 1)
    assert await keep_checkout(till.store.uow(), checkout_id=slow.id, lease=lease, until=till.at + LEASE)
    till.passes(seconds=LEASE.total_seconds() - 1)
    await till.refuses_while_one_is_in_progress(ada)
    till.passes(seconds=1)
    await till.opens(ada)
    assert not await keep_checkout(till.store.uow(), checkout_id=slow.id, lease=lease, until=till.at + LEASE)


async def test_a_crash_after_the_page_was_opened_finds_the_same_page_though_the_price_has_changed(till: Till) -> None:
    ada = await till.verified()
    checkout = await till.opens(ada)
    async with till.store.uow() as uow:
        forgetful = await uow.checkouts.lock(checkout.id)
        forgetful.session_id = forgetful.url = forgetful.expires_at = None

    class Dearer:
        async def prices(self) -> list[Price]:
            return [Price(plan="pro_monthly", price_id="price_new", amount=9900, currency="EUR", interval="month")]

    object.__setattr__(till.desk, "prices", Dearer())
    again = await till.opens(ada)
    assert (again.session_id, again.amount) == (checkout.session_id, 1900)
