"""What the caller may open."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.payments.api.deps import Deps, deps
from services.payments.domain.reads import EntitlementView
from shared.errors import Unauthenticated
from shared.http import documentation, problems
from shared.http.access import Caller
from shared.http.answers import answer

router = APIRouter(tags=["entitlements"])


@router.get(
    "/entitlements",
    response_model=EntitlementView,
    responses={
        **problems.responses(Unauthenticated),
        200: documentation.answer({"tier": "pro", "since": "2026-11-22T10:01:13.482Z"}),
    },
)
async def entitlements(caller: Caller, deps: Annotated[Deps, Depends(deps)]) -> Response:
    """The caller's tier. Content follows it within a second: ask here, then try again."""
    return answer(await deps.reads.entitlement(caller.user_id))
