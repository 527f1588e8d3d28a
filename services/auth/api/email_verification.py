"""The page behind the link in the welcome mail, and its button."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.auth.api.deps import Needs
from services.auth.api.forms import JSON, body_of, posted
from services.auth.api.pages import page, prefers_html
from services.auth.domain.links import LONGEST_TOKEN, LinkNotValid, verify_email
from services.auth.domain.profiles import request_verification
from services.auth.domain.users import AlreadyVerified, TooSoon
from shared.errors import Unauthenticated
from shared.http import problems
from shared.http.access import Caller, public
from shared.http.origins import CrossSiteRequest, own_forms_only

router = APIRouter(tags=["users"])


class Token(BaseModel):
    """The token of the link."""

    model_config = ConfigDict(extra="forbid")

    token: SecretStr = Field(min_length=1, max_length=LONGEST_TOKEN, examples=["the-token-of-the-link"])


class Verified(BaseModel):
    """The address is verified, now or since earlier."""

    status: Literal["verified"] = "verified"


class OnItsWay(BaseModel):
    """A mail leaves in a moment."""

    detail: str = Field(default="The mail is on its way to you.", examples=["The mail is on its way to you."])


async def posted_token(request: Request) -> str:
    """The token in the posted form or JSON. RequestValidationError for anything else."""
    return (await posted(request, Token)).token.get_secret_value()


@router.get("/email-verification", response_class=HTMLResponse, dependencies=[Depends(public)])
async def show_verification(token: Annotated[str, Query(max_length=LONGEST_TOKEN)] = "") -> HTMLResponse:
    """A page with a button. Opening it changes nothing, for mail scanners open links too."""
    return page("confirm", token=token)


@router.post(
    "/email-verification",
    response_model=Verified,
    dependencies=[Depends(public), Depends(own_forms_only)],
    responses=problems.responses(LinkNotValid, CrossSiteRequest),
    openapi_extra=body_of(Token),
)
async def verify(request: Request, token: Annotated[str, Depends(posted_token)], needs: Needs) -> Response:
    """Verify the address that the link was mailed to. Doing it again is fine. A browser is answered with a page."""
    html = prefers_html(request)
    try:
        await verify_email(needs.uow(), token=token, at=needs.now())
    except LinkNotValid as error:
        if not html:
            raise
        return page("not-valid", status=HTTPStatus.NOT_FOUND, detail=error.detail)
    return page("confirmed") if html else Response(Verified().model_dump_json(), media_type=JSON)


@router.post(
    "/email-verification/requests",
    status_code=HTTPStatus.ACCEPTED,
    responses=problems.responses(Unauthenticated, AlreadyVerified, TooSoon),
)
async def send_verification_again(caller: Caller, needs: Needs) -> OnItsWay:
    """Have the mail with the link sent once more, at most once a minute."""
    await request_verification(needs.uow(), user_id=caller.user_id, at=needs.now())
    return OnItsWay()
