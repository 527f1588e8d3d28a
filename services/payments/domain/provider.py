"""The payment provider as the domain sees it: what we ask of Stripe, and snapshots of what it holds."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from services.payments.domain.plans import PaidPlan, Price
from shared.errors import Unavailable

SubscriptionStatus = Literal[
    "incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid", "paused", "canceled"
]
GRANTING: Final[frozenset[SubscriptionStatus]] = frozenset({"trialing", "active", "past_due"})
"""Past due still opens Pro: the provider is trying the card again, and ends the subscription if that comes to nothing."""


class ProviderAway(Unavailable):
    """The payment provider did not do what was asked."""

    slug = "payment-provider-unavailable"


class NoticeRefused(ValueError):
    """What was posted as a notice of the provider's is not signed by it, is too old, or is no notice."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The provider says that something happened to a customer (None: to nobody in particular). What, we ask it ourselves."""

    event_id: str
    type: str
    customer_id: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class SessionOrder:
    """What a payment page is to be opened for. The ids of ours come back with the subscription."""

    checkout_id: UUID
    user_id: UUID
    customer_id: str
    price: Price
    success_url: str
    cancel_url: str


@dataclass(frozen=True, kw_only=True)
class Session:
    """A payment page, open until `expires_at`."""

    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class SubscriptionSnapshot:
    """A subscription as the provider held it at the time of asking. `plan` is None for one that is none of ours."""

    subscription_id: str
    plan: PaidPlan | None
    status: SubscriptionStatus
    checkout_id: UUID | None
    started_at: datetime
    current_period_end: datetime | None
    cancel_at_period_end: bool
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PaidInvoice:
    """An invoice that money came in for. `attempt` is how often it was tried; `amount` in minor units of `currency`."""

    invoice_id: str
    number: str
    subscription_id: str | None
    attempt: int
    amount: int
    currency: str
    paid_at: datetime


@dataclass(frozen=True, kw_only=True)
class CustomerSnapshot:
    """All the provider holds about one customer. `user_id` is whom we made the customer for, None if we did not."""

    customer_id: str
    user_id: UUID | None
    subscriptions: Sequence[SubscriptionSnapshot]
    invoices: Sequence[PaidInvoice]


class PaymentProvider(Protocol):
    """What payments needs of a provider. Every call has a deadline and raises ProviderAway if it comes to nothing."""

    async def prices(self) -> Sequence[Price]:
        """The present price of every paid plan, in their order. PricesUnavailable if one of them has none."""
        ...

    async def create_customer(self, user_id: UUID, *, key: str) -> str:
        """The id of a new customer made for the person; the same `key` gives the same customer."""
        ...

    async def open_session(self, order: SessionOrder, *, key: str) -> Session:
        """A payment page; the same `key` gives the same page."""
        ...

    async def close_session(self, session_id: str) -> bool:
        """Close a payment page, so that nobody pays on it any more. False if somebody has, or is about to."""
        ...

    async def customer(self, customer_id: str) -> CustomerSnapshot | None:
        """All that is known of a customer now, however long the lists are; None if there is no such customer."""
        ...

    def notices(self, *, since: datetime) -> AsyncIterator[Notice]:
        """Every notice made at or after `since`, whether or not it was ever delivered. ProviderAway while iterating."""
        ...

    def read_notice(self, body: bytes, signature: str) -> Notice:
        """The notice that was posted with this signature. Raises NoticeRefused."""
        ...
