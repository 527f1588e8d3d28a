"""Which access tokens are worthless although they have not expired: every replica of every service asks each second."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.auth.api.deps import Needs
from shared.http.access import service_only
from shared.http.revocations import PATH

router = APIRouter(include_in_schema=False, dependencies=[Depends(service_only())])


@router.get(PATH)
async def revocations(
    needs: Needs, epoch: Annotated[str, Query(max_length=100)] = "", after: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """What was revoked after a position of the log in an epoch: a Page. 503 while this replica cannot tell."""
    return Response(needs.revocations.page(epoch, after).model_dump_json(), media_type="application/json")
