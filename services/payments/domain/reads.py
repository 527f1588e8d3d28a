"""What people see of their own purchases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.payments.domain.checkouts import CheckoutStatus
from services.payments.domain.plans import PaidPlan, Tier
from services.payments.domain.provider import SubscriptionStatus


@dataclass(frozen=True, kw_only=True)
class CheckoutView:
    """A checkout. `url` leads to the payment page while it is open; `amount` in minor units of `currency`, once known."""

    id: UUID
    plan: PaidPlan
    status: CheckoutStatus
    url: str | None
    amount: int | None
    currency: str | None
    created_at: datetime
    expires_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SubscriptionView:
    """A subscription. With `cancel_at_period_end` it ends at `current_period_end` instead of being renewed."""

    id: UUID
    plan: PaidPlan
    status: SubscriptionStatus
    started_at: datetime
    current_period_end: datetime | None
    cancel_at_period_end: bool
    activated_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class EntitlementView:
    """What the person may open, and since when; `since` is null for somebody who never had another tier."""

    tier: Tier
    since: datetime | None


class Reads(Protocol):
    async def checkout(self, checkout_id: UUID, *, user_id: UUID, at: datetime) -> CheckoutView | None:
        """A checkout of the person's own, as it stands at a time."""
        ...

    async def subscription(self, user_id: UUID) -> SubscriptionView | None:
        """The person's subscription: one that has not ended, if there is one, else the newest."""
        ...

    async def entitlement(self, user_id: UUID) -> EntitlementView: ...
