"""What can be had: the free plan, and Pro by the month or by the year."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, get_args

from shared.errors import Unavailable

Tier = Literal["free", "pro"]
Interval = Literal["month", "year"]
PaidPlan = Literal["pro_monthly", "pro_yearly"]
PlanId = Literal["free", "pro_monthly", "pro_yearly"]

PAID_PLANS: Final[tuple[PaidPlan, ...]] = get_args(PaidPlan)


class PricesUnavailable(Unavailable):
    """What the plans cost cannot be told just now."""

    slug = "prices-unavailable"


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a paid plan costs now. `amount` in the minor unit of `currency` (ISO 4217) per `interval`."""

    plan: PaidPlan
    price_id: str
    amount: int
    currency: str
    interval: Interval


class PriceList(Protocol):
    """Where the present prices come from."""

    async def prices(self) -> Sequence[Price]:
        """One price for every paid plan, in their order. PricesUnavailable, ProviderAway."""
        ...


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as people see it. `amount` in the currency's minor unit per `interval`; the free plan has neither."""

    id: PlanId
    tier: Tier
    amount: int
    currency: str | None = None
    interval: Interval | None = None


async def list_plans(prices: PriceList) -> list[Plan]:
    """Every plan, the free one first."""
    paid = [
        Plan(id=price.plan, tier="pro", amount=price.amount, currency=price.currency, interval=price.interval)
        for price in await prices.prices()
    ]
    return [Plan(id="free", tier="free", amount=0), *paid]


async def price_of(plan: PaidPlan, prices: PriceList) -> Price:
    """The present price of one plan."""
    for price in await prices.prices():
        if price.plan == plan:
            return price
    raise PricesUnavailable(f"The plan {plan} has no price just now. Try again later.", retry_after=60)
