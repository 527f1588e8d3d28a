import asyncio

import pytest
from uuid_utils.compat import uuid7

from services.payments.domain.refresh import Errand, follow_customer, keep_errand
from shared.lease import LEASE
from tests.payments.till import Till


async def leased(till: Till) -> Errand:
    (errand,) = await till.leases()
    return errand


async def follows(till: Till, errand: Errand) -> bool:
    snapshot = await till.provider.customer(errand.customer_id)
    return await follow_customer(till.store.uow(), errand=errand, snapshot=snapshot, at=till.at, new_id=uuid7)


async def marks(till: Till, customer_id: str) -> int:
    async with till.store.uow() as uow:
        stale = await uow.stale.lock(customer_id)
        return stale.generation if stale else 0


async def test_a_crash_between_asking_and_committing_is_repeated_without_harm(till: Till) -> None:
    ada = await till.verified()
    await till.buys(ada)
    await till.hears(*till.provider.sent)
    await leased(till)  # and nothing more: the process died
    await till.refresher.refresh_due()
    assert await till.facts() == []
    till.passes(seconds=LEASE.total_seconds() + 1)
    await till.refresher.refresh_due()
    assert len(await till.facts()) == 3
    assert await till.tier(ada) == "pro"


@pytest.mark.parametrize("more_is_heard", [False, True])
async def test_an_older_answer_never_replaces_a_newer_one(till: Till, more_is_heard: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears(*till.provider.sent)
    slow = await leased(till)
    old = await till.provider.customer(slow.customer_id)
    till.passes(seconds=LEASE.total_seconds() + 1)
    till.provider.end(subscription)
    newer = await leased(till)
    if more_is_heard:  # then the mark stays
        await till.hears(*till.provider.sent)
    assert await follows(till, newer)
    assert await till.tier(ada) == "free"
    assert not await follow_customer(till.store.uow(), errand=slow, snapshot=old, at=till.at, new_id=uuid7)
    assert await till.tier(ada) == "free"


async def test_what_is_heard_during_a_refresh_is_refreshed_again(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears(*till.provider.sent)
    errand = await leased(till)
    old = await till.provider.customer(errand.customer_id)
    till.provider.end(subscription)
    await till.hears(*till.provider.sent)
    assert await follow_customer(till.store.uow(), errand=errand, snapshot=old, at=till.at, new_id=uuid7)
    assert await marks(till, errand.customer_id) == 2
    await till.refresher.refresh_due()
    assert await marks(till, errand.customer_id) == 0
    assert await till.tier(ada) == "free"


async def test_a_notice_does_not_steal_a_lease(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears(*till.provider.sent)
    errand = await leased(till)
    till.provider.renew(subscription)
    await till.hears(*till.provider.sent)
    assert await till.leases() == []
    assert await follows(till, errand)


async def test_with_the_provider_away_the_pauses_grow_and_the_end_is_the_same(till: Till) -> None:
    ada = await till.verified()
    await till.buys(ada)
    await till.hears(*till.provider.sent)
    till.provider.away = True
    asked = len(till.provider.asked)
    for _ in range(60):
        await till.refresher.refresh_due()
        till.passes(seconds=1)
    assert 4 <= len(till.provider.asked) - asked <= 6  # after 2, 4, 8, 16 and 32 s
    till.provider.away = False
    till.passes(minutes=5)
    await till.refresher.refresh_due()
    assert await till.tier(ada) == "pro"


async def test_a_notice_brings_a_postponed_refresh_forward(till: Till) -> None:
    ada = await till.verified()
    subscription = await till.buys(ada)
    await till.hears(*till.provider.sent)
    till.provider.away = True
    for _ in range(9):
        await till.refresher.refresh_due()
        till.passes(minutes=5)
    await till.refresher.refresh_due()
    till.provider.away = False
    till.provider.renew(subscription)
    await till.refresher.refresh_due()
    assert await till.tier(ada) == "free"
    await till.hears(till.provider.sent[-1])  # whoever speaks is back
    await till.refresher.refresh_due()
    assert await till.tier(ada) == "pro"


async def test_one_customer_that_cannot_be_followed_does_not_hold_up_others(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    ada, brian = await till.verified(), await till.verified()
    broken = till.provider.give(ada, "pro_monthly")
    subscriptions = till.provider._subscriptions[broken]
    subscriptions["sub_broken"] = None  # type: ignore[assignment]  # what no provider should ever send
    await till.buys(brian)
    await till.hears_all()
    assert await till.tier(brian) == "pro"
    assert await till.tier(ada) == "free"
    assert "it is tried again" in caplog.text
    del subscriptions["sub_broken"]
    till.passes(minutes=5)
    await till.refresher.refresh_due()
    assert await till.tier(ada) == "pro"


async def test_two_workers_share_what_is_due(till: Till) -> None:
    buyers = [await till.verified() for _ in range(10)]
    for buyer in buyers:
        await till.buys(buyer)
    await till.hears(*till.provider.sent)
    till.provider.asked.clear()
    await asyncio.gather(till.refresher.refresh_due(), till.refresher.refresh_due())
    assert till.provider.asked.count("customer") == 10
    assert len(await till.facts()) == 30


async def test_a_lease_that_is_kept_outlasts_its_first_end_and_no_one_elses_is_touched(till: Till) -> None:
    await till.buys(await till.verified())
    await till.hears(*till.provider.sent)
    errand = await leased(till)
    for _ in range(5):
        till.passes(seconds=LEASE.total_seconds() - 1)
        assert await till.leases() == []
        assert await keep_errand(till.store.uow(), errand=errand, until=till.at + LEASE)
    till.passes(seconds=LEASE.total_seconds())
    newer = await leased(till)
    assert not await keep_errand(till.store.uow(), errand=errand, until=till.at + 9 * LEASE)
    till.passes(seconds=LEASE.total_seconds())
    assert not await follows(till, errand)
    assert await follows(till, newer)
    assert not await keep_errand(till.store.uow(), errand=newer, until=till.at + LEASE)
