"""Subscriptions follow what the provider says of them; the facts that others hear are stated once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from services.payments.domain.plans import PaidPlan
from services.payments.domain.provider import GRANTING, SubscriptionSnapshot, SubscriptionStatus
from shared.errors import NotFound
from shared.events.payments import SubscriptionActivated


class NoSubscription(NotFound):
    """The person never subscribed."""

    slug = "no-subscription"


@dataclass(kw_only=True, eq=False)
class Subscription:
    """`subscription_id` is the provider's, `id` ours. `activated_at` is when we first knew that it was (or had been) active."""

    id: UUID
    subscription_id: str
    customer_id: str
    user_id: UUID
    plan: PaidPlan
    status: SubscriptionStatus
    started_at: datetime
    current_period_end: datetime | None = None
    cancel_at_period_end: bool = False
    activated_at: datetime | None = None
    ended_at: datetime | None = None

    @classmethod
    def first_seen(cls, snapshot: SubscriptionSnapshot, *, id: UUID, user_id: UUID, customer_id: str) -> Self:  # noqa: A002 - the field's name
        """A subscription we had not heard of; `follow` brings it to the snapshot. ValueError for a plan not of ours."""
        if snapshot.plan is None:
            raise ValueError(f"{snapshot.subscription_id} is for nothing that is sold here")
        return cls(
            id=id,
            subscription_id=snapshot.subscription_id,
            customer_id=customer_id,
            user_id=user_id,
            plan=snapshot.plan,
            status=snapshot.status,
            started_at=snapshot.started_at,
        )

    @property
    def grants_pro(self) -> bool:
        """Whether it opens Pro content now."""
        return self.status in GRANTING

    def follow(self, snapshot: SubscriptionSnapshot, *, paid: bool, at: datetime) -> SubscriptionActivated | None:
        """Become what the provider says; returns the fact if it is active, or was, and nobody has heard so.

        `paid`: an invoice of it was paid, so it was active even if it has ended since.
        """
        self.plan = snapshot.plan or self.plan
        self.status = snapshot.status
        self.current_period_end = snapshot.current_period_end
        self.cancel_at_period_end = snapshot.cancel_at_period_end
        self.ended_at = snapshot.ended_at
        if self.activated_at is not None or not (self.grants_pro or paid):
            return None
        self.activated_at = at
        return SubscriptionActivated(user_id=self.user_id, subscription_id=self.id, plan=self.plan)

    def vanish(self, *, at: datetime) -> None:
        """The provider no longer has it: it has ended, at the latest now."""
        self.status = "canceled"
        self.cancel_at_period_end = False
        self.ended_at = self.ended_at or at


class Subscriptions(Protocol):
    async def add(self, subscription: Subscription) -> None: ...

    async def of_customer(self, customer_id: str) -> Sequence[Subscription]: ...

    async def of_user(self, user_id: UUID) -> Sequence[Subscription]: ...
