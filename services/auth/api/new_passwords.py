"""Another password: with the present one, or with a link from a mail and the page behind it."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from services.auth.api.deps import Needs
from services.auth.api.devices import DeviceCookie, DeviceToken, network_of
from services.auth.api.email_verification import Token
from services.auth.api.fields import LONGEST_EMAIL, Password, mail_address_or_none
from services.auth.api.forms import JSON, body_of, posted
from services.auth.api.pages import page, prefers_html
from services.auth.api.timing import unhurried
from services.auth.domain.failures import Origin
from services.auth.domain.links import LONGEST_TOKEN, LinkNotValid
from services.auth.domain.new_passwords import (
    CurrentPasswordWrong,
    address_of,
    change_password,
    request_reset,
    reset_password,
)
from services.auth.domain.passwords import LONGEST, SHORTEST, PasswordRefused
from services.auth.domain.sign_in import Claim
from shared.errors import TooManyRequests, Unauthenticated, Unavailable
from shared.http import problems
from shared.http.access import Caller, public
from shared.http.origins import CrossSiteRequest, own_forms_only

router = APIRouter(tags=["passwords"])


class Forgotten(BaseModel):
    """Who forgot a password."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=LONGEST_EMAIL, examples=["ada@example.com"])


class ResetAccepted(BaseModel):
    """The same answer for every address, so that nobody learns from it who has an account."""

    detail: str = "If this address has an account, a mail with a link is on its way there."


class NewPassword(Token):
    """The token of the link, and the password to be."""

    password: Password = Field(min_length=SHORTEST, max_length=LONGEST)


class PasswordChange(BaseModel):
    """The present password and the one to be."""

    model_config = ConfigDict(extra="forbid")

    current_password: Password = Field(max_length=LONGEST)
    device_token: DeviceToken = None
    password: Password = Field(min_length=SHORTEST, max_length=LONGEST)


class Changed(BaseModel):
    """The password is another one, and nobody is signed in to the account any more."""

    status: Literal["changed"] = "changed"


@router.post("/password-resets", status_code=HTTPStatus.ACCEPTED, dependencies=[Depends(public)])
async def request_password_reset(given: Forgotten, needs: Needs) -> ResetAccepted:
    """Have a link mailed that sets a new password: once, within an hour. At most one mail in ten minutes leaves."""
    async with unhurried():
        await request_reset(needs.uow(), email=mail_address_or_none(given.email), at=needs.now())
    return ResetAccepted()


@router.get("/password-resets/confirmation", response_class=HTMLResponse, dependencies=[Depends(public)])
async def show_password_reset(token: Annotated[str, Query(max_length=LONGEST_TOKEN)] = "") -> HTMLResponse:
    """A page with a form. Opening it changes nothing, for mail scanners open links too."""
    return page("new-password", token=token, wrong="")


@router.post(
    "/password-resets/confirmation",
    response_model=Changed,
    dependencies=[Depends(public), Depends(own_forms_only)],
    responses=problems.responses(LinkNotValid, PasswordRefused, CrossSiteRequest, Unavailable),
    openapi_extra=body_of(NewPassword),
)
async def confirm_password_reset(request: Request, needs: Needs) -> Response:
    """Set the password of the account that the link was mailed to. A browser is answered with a page."""
    html = prefers_html(request)
    given = await posted(request, NewPassword)
    token = given.token.get_secret_value()
    try:
        await reset_password(
            needs.uow(),
            token=token,
            password=given.password.get_secret_value(),
            admission=needs.admission,
            gate=needs.gate,
            at=needs.now(),
        )
    except (LinkNotValid, PasswordRefused) as error:
        if not html:
            raise
        if isinstance(error, LinkNotValid):
            return page("not-valid", status=HTTPStatus.NOT_FOUND, detail=error.detail)
        return page("new-password", status=HTTPStatus.UNPROCESSABLE_ENTITY, token=token, wrong=error.detail)
    return page("password-changed") if html else Response(Changed().model_dump_json(), media_type=JSON)


@router.post(
    "/me/password",
    responses=problems.responses(Unauthenticated, CurrentPasswordWrong, PasswordRefused, TooManyRequests, Unavailable),
)
async def change_own_password(
    given: PasswordChange, request: Request, caller: Caller, needs: Needs, cookie: DeviceCookie = None
) -> Changed:
    """Change the password. Every session ends, this one too: sign in again. Wrong ones count like failed sign-ins."""
    claim = Claim(
        email=await address_of(needs.uow(), caller.user_id),
        password=given.current_password.get_secret_value(),
        origin=Origin(
            network=network_of(request),
            device_token=given.device_token.get_secret_value() if given.device_token else cookie,
        ),
    )
    await change_password(
        needs.uow(),
        claim,
        given.password.get_secret_value(),
        admission=needs.admission,
        gate=needs.gate,
        at=needs.now(),
    )
    return Changed()
