"""Where a checkout is opened: the row first, then the provider, never both at once; any repetition takes up what was left."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from services.payments.domain.checkouts import (
    AnotherCheckoutOpen,
    Checkout,
    CheckoutInProgress,
    Order,
    PaymentUnderWay,
    Uow,
    abandon_checkout,
    begin_checkout,
    close_checkout,
    finish_checkout,
    keep_checkout,
    price_checkout,
)
from services.payments.domain.plans import PriceList, price_of
from services.payments.domain.provider import PaymentProvider, Session
from shared.lease import LEASE, LeaseLost, kept

PATIENCE: Final = LEASE.total_seconds() + 1  # so that a repetition takes up what a request that died has left
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Opens checkouts. `uow(actor=...)` makes units of work; a repetition waits `patience` seconds for the first."""

    uow: Callable[..., Uow]
    provider: PaymentProvider
    prices: PriceList
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    patience: float = PATIENCE

    async def open_checkout(self, order: Order) -> Checkout:
        """The open checkout of this order, the same one for every repetition.

        A repetition that arrives during the first waits for it, and so does an order under another key. A page that
        is open for another plan is closed first; PaymentUnderWay if it is too late for that. Raises what `begin_checkout` raises,
        PricesUnavailable, and ProviderAway, after which the same request may be sent again.
        """
        lease = self.new_id()
        checkout = await self._begin(order, lease)
        if checkout.session_id is not None:
            return checkout
        try:
            async with kept(partial(self._keep, checkout, lease)):
                session = await self._open_session(checkout)
            uow = self.uow(actor=order.user_id)
            return await finish_checkout(uow, checkout_id=checkout.id, lease=lease, session=session)
        except LeaseLost:
            raise CheckoutInProgress from None
        except Exception:
            await abandon_checkout(self.uow(actor=order.user_id), checkout_id=checkout.id, lease=lease)
            raise

    async def _begin(self, order: Order, lease: UUID) -> Checkout:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self.patience, FIRST_PAUSE
        while True:
            uow, at = self.uow(actor=order.user_id), self.now()
            try:
                return await begin_checkout(uow, order=order, id=self.new_id(), lease=lease, at=at, until=at + LEASE)
            except CheckoutInProgress:
                if loop.time() + pause > deadline:
                    raise
            except AnotherCheckoutOpen as other:
                if loop.time() > deadline:
                    raise
                await self._close(other.checkout)
                continue
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _close(self, checkout: Checkout) -> None:
        if checkout.session_id is None or not await self.provider.close_session(checkout.session_id):
            raise PaymentUnderWay
        await close_checkout(self.uow(actor=checkout.user_id), checkout_id=checkout.id, at=self.now())

    async def _keep(self, checkout: Checkout, lease: UUID) -> bool:
        uow, until = self.uow(actor=checkout.user_id), self.now() + LEASE
        return await keep_checkout(uow, checkout_id=checkout.id, lease=lease, until=until)

    async def _open_session(self, checkout: Checkout) -> Session:
        price = await price_of(checkout.plan, self.prices)
        customer_id = checkout.customer_id or await self.provider.create_customer(
            checkout.user_id, key=f"checkout-{checkout.id}-customer"
        )
        priced = await price_checkout(
            self.uow(actor=checkout.user_id),
            checkout_id=checkout.id,
            customer_id=customer_id,
            price=price,
            at=self.now(),
        )
        return await self.provider.open_session(priced.session_order(price), key=f"checkout-{checkout.id}-session")
