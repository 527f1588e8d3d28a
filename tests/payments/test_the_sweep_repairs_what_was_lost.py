import asyncio

import pytest

from services.payments.domain.provider import ProviderAway
from tests.payments.till import Till

pytestmark = pytest.mark.thorough


async def swept(till: Till) -> int:
    till.passes(seconds=30)
    found = await till.sweeper.sweep_if_due()
    await till.refresher.refresh_due()
    return found


async def test_a_webhook_that_is_lost_for_ever_is_found(till: Till) -> None:
    await swept(till)
    ada = await till.verified()
    await till.buys(ada)
    assert await swept(till) == len(till.provider.sent)
    assert till.news
    assert await till.tier(ada) == "pro"
    assert len(await till.facts()) == 3


async def test_what_was_delivered_is_not_found_again(till: Till) -> None:
    await swept(till)
    ada = await till.verified()
    await till.buys(ada)
    await till.hears_all()
    assert await swept(till) == 0
    assert till.news == 0


async def test_what_the_list_shows_late_is_found_in_the_overlap(till: Till) -> None:
    await swept(till)
    ada = await till.verified()
    await till.buys(ada)
    late = till.provider.sent
    till.provider.sent = []
    for _ in range(10):
        assert await swept(till) == 0
    till.provider.sent = late
    assert await swept(till) == len(late)
    assert await till.tier(ada) == "pro"


async def test_while_the_provider_is_away_nothing_is_taken_for_swept(till: Till) -> None:
    await swept(till)
    ada = await till.verified()
    await till.buys(ada)
    till.provider.away = True
    for _ in range(60):
        with pytest.raises(ProviderAway):
            await swept(till)
    till.provider.away = False
    assert await swept(till) == len(till.provider.sent)
    assert await till.tier(ada) == "pro"


async def test_of_two_replicas_one_sweeps(till: Till) -> None:
    await swept(till)
    till.provider.asked.clear()
    till.passes(seconds=30)
    await asyncio.gather(till.sweeper.sweep_if_due(), till.sweeper.sweep_if_due())
    assert till.provider.asked == ["notices"]


async def test_more_than_a_batch_is_found_whole(till: Till) -> None:
    await swept(till)
    buyers = [await till.verified() for _ in range(15)]
    for buyer in buyers:
        await till.buys(buyer)
    assert await swept(till) == 15 * 7
    assert {await till.tier(buyer) for buyer in buyers} == {"pro"}


async def test_notices_are_remembered_longer_than_the_provider_repeats_them(till: Till) -> None:
    await swept(till)
    ada = await till.verified()
    await till.buys(ada)
    await till.hears_all()
    till.passes(days=31)
    assert await swept(till) == 0
    assert await till.hears(*till.provider.sent) == 0
    till.passes(days=5)
    await swept(till)
    assert await till.hears(*till.provider.sent) == len(till.provider.sent)
