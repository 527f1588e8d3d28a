"""The use cases bound together as the service binds them, with a clock that stands still until it is told to move."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.payments.domain.checkouts import Checkout, CheckoutInProgress, Order, begin_checkout
from services.payments.domain.desk import Desk
from services.payments.domain.notices import take_notices
from services.payments.domain.people import note_verified
from services.payments.domain.plans import PaidPlan
from services.payments.domain.provider import Notice, SubscriptionSnapshot
from services.payments.domain.refresh import Errand, Refresher, lease_stale
from services.payments.domain.sweep import Sweeper
from shared.events.event import Event
from shared.lease import LEASE
from tests.payments.fakes import FakeProvider

# In seconds of the machine's clock. Who waits for a request that goes on gets through, on any machine; who waits for one
# that does not is impatient, for all of it passes.
PATIENT, IMPATIENT = 20.0, 0.3
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Till:
    """One store, one provider, one clock."""

    def __init__(
        self, store: Any, *, provider: FakeProvider | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.store = store
        self.provider = provider or FakeProvider()
        self.at = NOON
        clock = clock or (lambda: self.at)
        self.provider.time = NOON
        self.news = 0
        self.desk = Desk(
            uow=store.uow, provider=self.provider, prices=self.provider, now=clock, new_id=uuid7, patience=PATIENT
        )
        self.refresher = Refresher(
            uow=store.uow,
            provider=self.provider,
            now=clock,
            new_id=uuid7,
            traced=lambda _errand: contextlib.nullcontext(),
        )
        self.sweeper = Sweeper(
            uow=store.uow,
            provider=self.provider,
            now=clock,
            every=timedelta(seconds=30),
            overlap=timedelta(minutes=15),
            found=self._found,
        )

    def passes(self, **time: float) -> None:
        """Let time pass: `seconds=`, `minutes=`, `days=`."""
        self.at += timedelta(**time)
        self.provider.time = self.at

    async def verified(self) -> UUID:
        """Somebody who may buy."""
        user_id = uuid7()
        await note_verified(self.store.uow(), user_id=user_id, at=self.at)
        return user_id

    def order(self, user_id: UUID, *, key: str = "key-1", plan: PaidPlan = "pro_monthly") -> Order:
        """An order of theirs."""
        addresses = {"success_url": "http://localhost:8000/?yes", "cancel_url": "http://localhost:8000/?no"}
        return Order(user_id=user_id, idempotency_key=key, plan=plan, **addresses)

    async def refuses_while_one_is_in_progress(self, user_id: UUID, *, key: str = "key-1") -> int | None:
        """They wait in vain for another request; returns the seconds after which they are told to come back."""
        with pytest.raises(CheckoutInProgress) as refused:
            await replace(self.desk, patience=IMPATIENT).open_checkout(self.order(user_id, key=key))
        return refused.value.retry_after

    async def opens(self, user_id: UUID, *, key: str = "key-1", plan: PaidPlan = "pro_monthly") -> Checkout:
        """They open a checkout."""
        return await self.desk.open_checkout(self.order(user_id, key=key, plan=plan))

    async def buys(self, user_id: UUID, *, key: str = "key-1", plan: PaidPlan = "pro_monthly") -> SubscriptionSnapshot:
        """They open a checkout and pay; nobody has told us yet."""
        checkout = await self.opens(user_id, key=key, plan=plan)
        assert checkout.session_id is not None
        return self.provider.pay(checkout.session_id)

    async def hears(self, *notices: Notice) -> int:
        """These notices arrive."""
        return await take_notices(self.store.uow(), notices=notices, at=self.at, traceparent=None)

    async def hears_all(self) -> None:
        """All notices that were ever sent arrive, and what is stale is refreshed."""
        await self.hears(*self.provider.sent)
        await self.refresher.refresh_due()

    async def leases(self) -> list[Errand]:
        """A worker takes what is due, and nothing more is heard of it."""
        return await lease_stale(self.store.uow(), lease=uuid7(), at=self.at, until=self.at + LEASE, limit=4)

    async def begins(self, user_id: UUID, *, lease: UUID) -> Checkout:
        """A request of theirs takes the lease, and nothing more is heard of it."""
        until = self.at + LEASE
        uow = self.store.uow()
        return await begin_checkout(uow, order=self.order(user_id), id=uuid7(), lease=lease, at=self.at, until=until)

    async def facts(self) -> list[Event]:
        """What was stated, in order."""
        stated: list[Event] = await self.store.facts()
        return stated

    async def tier(self, user_id: UUID) -> str:
        """What they may open."""
        async with self.store.uow() as uow:
            return str((await uow.entitlements.get(user_id)).tier)

    def _found(self) -> None:
        self.news += 1
