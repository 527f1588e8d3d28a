"""Brings our books to what the provider holds of one customer, and states the facts that follow, each once.

Payments are keyed by invoice, so a fact that was over before we asked is stated too; what a person may open follows from
the present state alone.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.payments.domain.checkouts import Checkouts
from services.payments.domain.customers import Customer, Customers
from services.payments.domain.entitlements import Entitlements
from services.payments.domain.payments import Payment, Payments
from services.payments.domain.plans import Tier
from services.payments.domain.provider import CustomerSnapshot, PaidInvoice, SubscriptionSnapshot
from services.payments.domain.subscriptions import Subscription, Subscriptions
from shared.uow import UnitOfWork

logger = logging.getLogger(__name__)


class Books(Protocol):
    """What a settlement reads and writes."""

    checkouts: Checkouts
    customers: Customers
    entitlements: Entitlements
    payments: Payments
    subscriptions: Subscriptions


class Uow(UnitOfWork, Books, Protocol):
    pass


async def settle(
    uow: Uow, *, user_id: UUID, snapshot: CustomerSnapshot, at: datetime, new_id: Callable[[], UUID]
) -> None:
    """Part of a transaction: `uow` is open. Any number of times, with the same outcome as once."""
    entitlement = await uow.entitlements.lock(user_id)  # one settlement of a person at a time
    await uow.customers.claim(Customer(customer_id=snapshot.customer_id, user_id=user_id, created_at=at))
    subscriptions = await _follow_subscriptions(uow, user_id=user_id, snapshot=snapshot, at=at, new_id=new_id)
    await _book_payments(uow, snapshot.invoices, subscriptions, new_id=new_id)
    everything = await uow.subscriptions.of_user(user_id)
    tier: Tier = "pro" if any(subscription.grants_pro for subscription in everything) else "free"
    if granted := entitlement.become(tier, at=at):
        uow.emit(granted)


async def _follow_subscriptions(
    uow: Uow, *, user_id: UUID, snapshot: CustomerSnapshot, at: datetime, new_id: Callable[[], UUID]
) -> dict[str, Subscription]:
    known = {one.subscription_id: one for one in await uow.subscriptions.of_customer(snapshot.customer_id)}
    paid = {invoice.subscription_id for invoice in snapshot.invoices}
    followed: dict[str, Subscription] = {}
    for seen in snapshot.subscriptions:
        subscription = known.pop(seen.subscription_id, None)
        if subscription is None:
            if seen.plan is None:
                logger.warning("subscription %s is for nothing that is sold here", seen.subscription_id)
                continue
            subscription = Subscription.first_seen(seen, id=new_id(), user_id=user_id, customer_id=snapshot.customer_id)
            await uow.subscriptions.add(subscription)
            await _complete_checkout(uow, seen, user_id=user_id, at=at)
        if activated := subscription.follow(seen, paid=seen.subscription_id in paid, at=at):
            uow.emit(activated)
        followed[seen.subscription_id] = subscription
    for gone in known.values():
        gone.vanish(at=at)
    return followed


async def _complete_checkout(uow: Uow, seen: SubscriptionSnapshot, *, user_id: UUID, at: datetime) -> None:
    checkout = await uow.checkouts.find(seen.checkout_id, user_id=user_id) if seen.checkout_id else None
    if checkout is not None:
        checkout.complete(at=at)


async def _book_payments(
    uow: Uow, invoices: Sequence[PaidInvoice], subscriptions: dict[str, Subscription], *, new_id: Callable[[], UUID]
) -> None:
    known = await uow.payments.known_invoices([invoice.invoice_id for invoice in invoices])
    for invoice in sorted(invoices, key=lambda one: one.paid_at):
        subscription = subscriptions.get(invoice.subscription_id or "")
        if subscription is None or invoice.invoice_id in known:
            continue
        payment = Payment.of(invoice, subscription, id=new_id())
        await uow.payments.add(payment)
        uow.emit(payment.succeeded())
