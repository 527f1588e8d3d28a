"""In hurried time: a provider that answers after 25 s, a process that dies meanwhile, and another one that looks for work."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.payments.domain.checkouts import Checkout, CheckoutInProgress
from services.payments.domain.desk import PATIENCE
from services.payments.domain.provider import CustomerSnapshot, Session, SessionOrder
from shared.lease import LEASE
from tests.hurry import hurry, now
from tests.payments.fakes import FakeProvider
from tests.payments.memory import Memory
from tests.payments.till import Till

SLOW = 25.0


class SlowProvider(FakeProvider):
    """Takes `seconds` to answer."""

    seconds = 0.0

    async def customer(self, customer_id: str) -> CustomerSnapshot | None:
        found = await super().customer(customer_id)
        await asyncio.sleep(self.seconds)
        return found

    async def open_session(self, order: SessionOrder, *, key: str) -> Session:
        opened = await super().open_session(order, key=key)
        await asyncio.sleep(self.seconds)
        return opened


@asynccontextmanager
async def refreshing_every_second(till: Till) -> AsyncIterator[None]:
    """Another replica's worker."""

    async def forever() -> None:
        while True:
            await asyncio.sleep(1)
            await till.refresher.refresh_due()

    other = asyncio.create_task(forever())
    yield
    other.cancel()


def till_and_provider() -> tuple[Till, SlowProvider]:
    provider = SlowProvider()
    till = Till(Memory(), provider=provider, clock=now)
    till.desk = dataclasses.replace(till.desk, patience=PATIENCE)
    return till, provider


async def with_a_purchase(till: Till) -> None:
    await till.buys(await till.verified())
    await till.hears(*till.provider.sent)
    till.provider.asked.clear()


def test_one_refresh_of_a_customer_runs_though_the_provider_is_slow() -> None:
    async def story() -> None:
        await with_a_purchase(till)
        provider.seconds = SLOW
        async with refreshing_every_second(till):
            await till.refresher.refresh_due()

    till, provider = till_and_provider()
    hurry(story())
    assert provider.asked == ["customer"]
    assert len(hurry(till.facts())) == 3


def test_a_refresh_that_died_is_taken_up_within_seconds() -> None:
    async def story() -> float:
        await with_a_purchase(till)
        provider.seconds = SLOW
        dying = asyncio.create_task(till.refresher.refresh_due())
        await asyncio.sleep(12.5)
        dying.cancel()
        died, provider.seconds = asyncio.get_running_loop().time(), 0
        async with refreshing_every_second(till):
            while not await till.facts():  # noqa: ASYNC110 - a store sets no event
                await asyncio.sleep(0.1)
        return asyncio.get_running_loop().time() - died

    till, provider = till_and_provider()
    assert hurry(story()) <= LEASE.total_seconds() + 1.2
    assert provider.asked == ["customer"] * 2


def test_a_checkout_that_is_opened_slowly_stays_with_its_request() -> None:
    async def story() -> tuple[Checkout, Checkout]:
        ada = await till.verified()
        provider.seconds = SLOW
        first = asyncio.create_task(till.opens(ada))
        await asyncio.sleep(1)
        for _ in range(3):
            with pytest.raises(CheckoutInProgress):
                await till.opens(ada)
        return await first, await till.opens(ada)

    till, provider = till_and_provider()
    opened, repeated = hurry(story())
    assert opened.url == repeated.url
    assert provider.asked.count("open_session") == 1


def test_a_repetition_takes_up_what_a_request_that_died_has_left_and_finds_the_same_page() -> None:
    async def story() -> Checkout:
        ada = await till.verified()
        provider.seconds = SLOW
        dying = asyncio.create_task(till.opens(ada))
        await asyncio.sleep(12.5)
        dying.cancel()
        provider.seconds = 0
        return await till.opens(ada)

    till, provider = till_and_provider()
    checkout = hurry(story())
    assert provider.asked.count("open_session") == 2
    assert [checkout.session_id] == list(provider._orders)
