"""The caller's subscription."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.payments.api.deps import Deps, deps
from services.payments.domain.reads import SubscriptionView
from services.payments.domain.subscriptions import NoSubscription
from shared.errors import Unauthenticated
from shared.http import documentation, problems
from shared.http.access import Caller
from shared.http.answers import answer

router = APIRouter(tags=["subscriptions"])

SUBSCRIPTION = {
    "id": "0199d1f4-02b1-7e55-8d0f-55b8f5a4d1c7",
    "plan": "pro_monthly",
    "status": "active",
    "started_at": "2026-11-22T10:01:12Z",
    "current_period_end": "2026-12-22T10:01:12Z",
    "cancel_at_period_end": False,
    "activated_at": "2026-11-22T10:01:13.482Z",
    "ended_at": None,
}


@router.get(
    "/subscription",
    response_model=SubscriptionView,
    responses={**problems.responses(Unauthenticated, NoSubscription), 200: documentation.answer(SUBSCRIPTION)},
)
async def subscription(caller: Caller, deps: Annotated[Deps, Depends(deps)]) -> Response:
    """The caller's present subscription, or the last one they had."""
    view = await deps.reads.subscription(caller.user_id)
    if view is None:
        raise NoSubscription("You have no subscription: open a checkout to buy one.")
    return answer(view)
