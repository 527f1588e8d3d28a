"""What a person may open. It follows from their subscriptions and is all that the other services need to know of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.payments.domain.plans import Tier
from shared.errors import Conflict
from shared.events.payments import EntitlementGranted


class AlreadySubscribed(Conflict):
    """The person has Pro already."""

    slug = "already-subscribed"


@dataclass(kw_only=True, eq=False)
class Entitlement:
    """`since` is when the tier last changed; None for somebody who never had another."""

    user_id: UUID
    tier: Tier = "free"
    since: datetime | None = None

    def refuse_second_purchase(self) -> None:
        """Raise AlreadySubscribed for somebody who has Pro."""
        if self.tier == "pro":
            raise AlreadySubscribed("You have Pro already: there is nothing to buy.")

    def become(self, tier: Tier, *, at: datetime) -> EntitlementGranted | None:
        """Change to `tier`; returns the fact if that opened something. Losing a tier is recorded, not yet announced."""
        previous = self.tier
        if tier == previous:
            return None
        self.tier, self.since = tier, at
        if tier == "free":
            return None
        return EntitlementGranted(user_id=self.user_id, tier=tier, previous=previous)


class Entitlements(Protocol):
    async def get(self, user_id: UUID) -> Entitlement:
        """The person's entitlement; the free tier for whoever has no row."""
        ...

    async def lock(self, user_id: UUID) -> Entitlement:
        """As `get`, and nobody else changes what the person has until this transaction ends."""
        ...
