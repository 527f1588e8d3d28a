"""Where Stripe tells us that something happened. What happened, a worker asks it afterwards."""

import logging
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from services.payments.api.deps import Deps, deps
from services.payments.domain.notices import take_notices
from services.payments.domain.provider import NoticeRefused
from shared.errors import Malformed
from shared.http import problems
from shared.http.access import public
from shared.telemetry import current_traceparent

logger = logging.getLogger(__name__)

router = APIRouter(tags=["webhook"])


class WebhookRefused(Malformed):
    """Not signed by Stripe with this platform's webhook secret, or signed more than five minutes ago."""

    slug = "webhook-refused"
    remedy = "Look whether Stripe and the platform hold the same webhook secret, and whether their clocks agree."

    def __init__(self) -> None:
        super().__init__(
            "This is not signed by Stripe with this platform's webhook secret, or was signed more than five minutes ago."
        )


@router.post(
    "/stripe/webhook",
    status_code=HTTPStatus.OK,
    response_class=Response,
    dependencies=[Depends(public)],
    responses={
        **problems.responses(WebhookRefused),
        200: {"description": "Taken note of; a repetition is too, and changes nothing"},
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def webhook(
    request: Request,
    deps: Annotated[Deps, Depends(deps)],
    stripe_signature: Annotated[str, Header(description="Stripe's signature of the raw body")] = "",
) -> Response:
    """An event of Stripe's."""
    try:
        notice = deps.provider.read_notice(await request.body(), stripe_signature)
    except NoticeRefused as refused:
        logger.warning("a webhook was refused: %s", refused)
        raise WebhookRefused from None
    new = await take_notices(deps.uow(actor=None), notices=[notice], at=deps.now(), traceparent=current_traceparent())
    if new:
        deps.heard()
    return Response(status_code=HTTPStatus.OK)
