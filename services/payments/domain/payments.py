"""Money that came in, once per invoice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from services.payments.domain.plans import PaidPlan
from services.payments.domain.provider import PaidInvoice
from services.payments.domain.subscriptions import Subscription
from shared.events.payments import PaymentSucceeded


@dataclass(kw_only=True, eq=False)
class Payment:
    """A paid invoice. `subscription` is our id of it; `amount` in minor units of `currency`."""

    id: UUID
    invoice_id: str
    invoice_number: str
    attempt: int
    subscription: UUID
    user_id: UUID
    plan: PaidPlan
    amount: int
    currency: str
    paid_at: datetime

    @classmethod
    def of(cls, invoice: PaidInvoice, subscription: Subscription, *, id: UUID) -> Self:  # noqa: A002 - the field's name
        """The payment of an invoice of `subscription`."""
        return cls(
            id=id,
            invoice_id=invoice.invoice_id,
            invoice_number=invoice.number,
            attempt=invoice.attempt,
            subscription=subscription.id,
            user_id=subscription.user_id,
            plan=subscription.plan,
            amount=invoice.amount,
            currency=invoice.currency,
            paid_at=invoice.paid_at,
        )

    def succeeded(self) -> PaymentSucceeded:
        """The fact that this payment is."""
        return PaymentSucceeded(
            user_id=self.user_id,
            payment_id=self.id,
            invoice_number=self.invoice_number,
            plan=self.plan,
            amount=self.amount,
            currency=self.currency,
        )


class Payments(Protocol):
    async def add(self, payment: Payment) -> None: ...

    async def known_invoices(self, invoice_ids: Collection[str]) -> set[str]:
        """Which of these invoices have a payment."""
        ...
