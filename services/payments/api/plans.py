"""What can be had, and for how much."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.payments.api.deps import Deps, deps
from services.payments.domain.plans import Plan, PricesUnavailable, list_plans
from shared.http import documentation, problems
from shared.http.access import public
from shared.http.answers import answer

router = APIRouter(tags=["plans"])

PLANS = {
    "items": [
        {"id": "free", "tier": "free", "amount": 0, "currency": None, "interval": None},
        {"id": "pro_monthly", "tier": "pro", "amount": 1900, "currency": "EUR", "interval": "month"},
        {"id": "pro_yearly", "tier": "pro", "amount": 19000, "currency": "EUR", "interval": "year"},
    ],
    "next": None,
}


@dataclass(frozen=True, kw_only=True)
class Plans:
    """All plans, the free one first."""

    items: list[Plan]
    next: str | None = None


@router.get(
    "/plans",
    dependencies=[Depends(public)],
    response_model=Plans,
    responses={**problems.responses(PricesUnavailable), 200: documentation.answer(PLANS)},
)
async def plans(deps: Annotated[Deps, Depends(deps)]) -> Response:
    """The plans and their present prices, in minor units of the currency per interval."""
    return answer(Plans(items=await list_plans(deps.prices)))
