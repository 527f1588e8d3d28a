from datetime import timedelta

from uuid_utils.compat import uuid7

from services.payments.domain.provider import Notice
from shared.events.payments import EntitlementGranted, PaymentSucceeded, SubscriptionActivated
from tests.payments.till import NOON, Till


def names(facts: object) -> list[str]:
    assert isinstance(facts, list)
    return [type(fact).__name__ for fact in facts]


async def test_a_purchase_is_three_facts_in_order(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears_all()
    activated, paid, granted = await till.facts()
    assert isinstance(activated, SubscriptionActivated)
    assert isinstance(paid, PaymentSucceeded)
    assert granted == EntitlementGranted(user_id=ada, tier="pro", previous="free")
    assert (activated.user_id, activated.plan) == (ada, "pro_monthly")
    assert (paid.user_id, paid.plan, paid.amount, paid.currency) == (ada, "pro_monthly", 1900, "EUR")
    async with till.store.uow() as uow:
        (held,) = await uow.subscriptions.of_user(ada)
        entitlement = await uow.entitlements.get(ada)
    assert (held.id, held.subscription_id) == (activated.subscription_id, subscription.subscription_id)
    assert (held.status, held.activated_at, held.ended_at) == ("active", NOON, None)
    assert (entitlement.tier, entitlement.since) == ("pro", NOON)


async def test_the_checkout_is_complete_once_its_subscription_is_known(till: Till) -> None:
    ada = await till.verified()
    await till.buys(ada)
    await till.hears_all()
    assert (await till.opens(ada)).status(at=till.at + timedelta(days=2)) == "complete"


async def test_refreshing_again_states_nothing_new(till: Till) -> None:
    ada = await till.verified()
    await till.buys(ada)
    await till.hears_all()
    before = await till.facts()
    till.provider.sent.append(
        Notice(event_id="evt_more", type="x", customer_id=till.provider.sent[0].customer_id, created_at=till.at)
    )
    await till.hears_all()
    assert await till.facts() == before


async def test_a_renewal_is_a_payment_and_nothing_else(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears_all()
    till.passes(days=30)
    till.provider.renew(subscription)
    await till.hears_all()
    assert names((await till.facts())[3:]) == ["PaymentSucceeded"]
    assert await till.tier(ada) == "pro"


async def test_the_end_of_a_subscription_closes_pro_without_a_word_and_buying_again_opens_it(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears_all()
    till.passes(days=3)
    till.provider.end(subscription)
    await till.hears_all()
    assert await till.tier(ada) == "free"
    assert len(await till.facts()) == 3
    await till.buys(ada, key="key-2")
    await till.hears_all()
    assert names((await till.facts())[3:]) == ["SubscriptionActivated", "PaymentSucceeded", "EntitlementGranted"]
    assert await till.tier(ada) == "pro"


async def test_what_was_over_before_we_asked_was_paid_and_active_but_opens_nothing(till: Till) -> None:
    ada = await till.verified()
    till.provider.end(await till.buys(ada))
    await till.hears_all()
    assert names(await till.facts()) == ["SubscriptionActivated", "PaymentSucceeded"]
    assert await till.tier(ada) == "free"


async def test_while_a_payment_is_overdue_pro_stays_open_and_unpaid_closes_it(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears_all()
    till.provider.change(subscription, status="past_due")
    await till.hears_all()
    assert await till.tier(ada) == "pro"
    till.provider.change(subscription, status="unpaid")
    await till.hears_all()
    assert await till.tier(ada) == "free"


async def test_a_subscription_that_waits_for_its_first_payment_opens_nothing(till: Till) -> None:
    ada = await till.verified()
    till.provider.give(ada, "pro_monthly", status="incomplete")
    await till.hears_all()
    assert await till.facts() == []
    assert await till.tier(ada) == "free"


async def test_a_subscription_the_provider_no_longer_has_is_over(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears_all()
    till.provider.lose(subscription)
    await till.hears_all()
    assert await till.tier(ada) == "free"
    async with till.store.uow() as uow:
        (held,) = await uow.subscriptions.of_user(ada)
    assert (held.status, held.ended_at) == ("canceled", till.at)


async def test_a_second_customer_of_the_same_person_counts_too(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears_all()
    till.provider.give(ada, "pro_yearly")
    await till.hears_all()
    till.provider.end(subscription)
    await till.hears_all()
    assert await till.tier(ada) == "pro"


async def test_what_is_not_sold_here_and_customers_of_others_are_left_alone(till: Till) -> None:
    till.provider.give(uuid7(), None)
    stranger = Notice(event_id="evt_s", type="customer.created", customer_id="cus_stranger", created_at=till.at)
    await till.hears(stranger)
    await till.hears_all()
    assert await till.facts() == []
    async with till.store.uow() as uow:
        assert await uow.stale.lock("cus_stranger") is None
