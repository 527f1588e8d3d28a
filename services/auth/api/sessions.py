"""Signing in, staying signed in, signing out."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Cookie, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.auth.api.deps import Deps, Needs
from services.auth.api.devices import DeviceCookie, DeviceToken, device_of, network_of, set_device_cookie
from services.auth.api.fields import LONGEST_EMAIL, Password, mail_address_or_none
from services.auth.domain.access_tokens import LIFETIME
from services.auth.domain.failures import Origin
from services.auth.domain.passwords import LONGEST
from services.auth.domain.refresh_tokens import SessionOver
from services.auth.domain.sessions import Client, SignedIn, refresh_session, sign_out
from services.auth.domain.sign_in import AccountSuspended, Credentials, SignInRefused, sign_in
from shared.errors import TooManyRequests, Unauthenticated, Unavailable
from shared.http import problems
from shared.http.access import Caller, public
from shared.http.documentation import answer
from shared.http.origins import CrossSiteRequest, own_pages_only

router = APIRouter(tags=["sessions"])

COOKIE = "codezest_refresh"
COOKIE_PATH = "/api/auth/v1/sessions"

REFRESH_TOKEN = "the-refresh-token-of-the-last-answer"  # noqa: S105 - an example
DEVICE_TOKEN = "the-device-token-of-an-earlier-answer"  # noqa: S105 - an example

RefreshCookie = Annotated[
    str | None, Cookie(alias=COOKIE, description="Set by signing in as a browser; no script can read it")
]


TOKENS = answer(headers=["Cache-Control", "Set-Cookie"])


class SignIn(BaseModel):
    """`client` says where the refresh token goes: into the answer (api) or into a cookie that no script can read (browser)."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=LONGEST_EMAIL, examples=["ada@example.com"])
    password: Password = Field(max_length=LONGEST)
    client: Client = "api"
    device_token: DeviceToken = None


class Refresh(BaseModel):
    """An API client's refresh token. A browser sends none: its cookie holds it."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: SecretStr = Field(max_length=200, examples=[REFRESH_TOKEN])


class Tokens(BaseModel):
    """`expires_in` is the access token's remaining life in seconds.

    `refresh_token` is there for API clients alone, `device_token` when they sign in: to be kept, and given the next time.
    """

    access_token: str = Field(examples=["header.claims.signature"])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind of token
    expires_in: int = Field(examples=[600])
    refresh_token: str | None = Field(default=None, examples=[REFRESH_TOKEN])
    device_token: str | None = Field(default=None, examples=[DEVICE_TOKEN])


@router.post(
    "/sessions",
    dependencies=[Depends(public), Depends(own_pages_only)],
    response_model_exclude_none=True,
    responses={
        **problems.responses(SignInRefused, AccountSuspended, CrossSiteRequest, TooManyRequests, Unavailable),
        200: TOKENS,
    },
)
async def open_session(
    given: SignIn,
    request: Request,
    response: Response,
    needs: Needs,
    cookie: DeviceCookie = None,
    carried: RefreshCookie = None,
) -> Tokens:
    """Sign in. Unknown addresses and wrong passwords are answered alike; after ten failures an address waits up to an hour.

    A device that has signed in before has ten failures of its own: nobody else's keep it out. The session that a browser
    had before ends.
    """
    at = needs.now()
    token = given.device_token.get_secret_value() if given.device_token else cookie
    credentials = Credentials(
        email=mail_address_or_none(given.email),
        password=given.password.get_secret_value(),
        origin=Origin(network=network_of(request), device_token=token),
        client=given.client,
        device=device_of(request),
        carried=carried,
    )
    needs.access_tokens.demand(at=at)
    opened = await sign_in(needs.uow(), credentials, gate=needs.gate, session_id=needs.new_id(), at=at)
    tokens = _tokens(needs, opened, given.client, response, at)
    if given.client == "browser":
        set_device_cookie(response, opened.device_token)
    else:
        tokens.device_token = opened.device_token
    return tokens


@router.post(
    "/sessions/refresh",
    dependencies=[Depends(public), Depends(own_pages_only)],
    response_model_exclude_none=True,
    responses={**problems.responses(SessionOver, CrossSiteRequest), 200: TOKENS},
)
async def refresh(
    response: Response, needs: Needs, given: Refresh | None = None, cookie: RefreshCookie = None
) -> Tokens:
    """Take a refresh token for the next one, which replaces it, and a fresh access token.

    Using one again ends its session; only the last one may be repeated, within 10 s and before the next one was used.
    """
    at = needs.now()
    client: Client = "api" if given else "browser"
    token = given.refresh_token.get_secret_value() if given else cookie or ""
    needs.access_tokens.demand(at=at)
    signed_in = await refresh_session(needs.uow(), token, client=client, key=needs.gate.key, at=at)
    return _tokens(needs, signed_in, client, response, at)


@router.delete(
    "/sessions/current",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**problems.responses(Unauthenticated), 204: answer(headers=["Set-Cookie"])},
)
async def close_session(caller: Caller, response: Response, needs: Needs) -> None:
    """Sign out: none of the session's refresh tokens works any more. Other sessions stay."""
    await sign_out(needs.uow(), session_id=caller.session_id, at=needs.now())
    response.delete_cookie(COOKIE, path=COOKIE_PATH, secure=True, httponly=True, samesite="strict")


def _tokens(needs: Deps, signed_in: SignedIn, client: Client, response: Response, at: datetime) -> Tokens:
    response.headers["cache-control"] = "no-store"
    if client == "browser":
        response.set_cookie(
            COOKIE,
            signed_in.refresh_token,
            max_age=int((signed_in.expires_at - at).total_seconds()),
            path=COOKIE_PATH,
            secure=True,
            httponly=True,
            samesite="strict",
        )
    return Tokens(
        access_token=needs.access_tokens.issue(signed_in, at=at),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=signed_in.refresh_token if client == "api" else None,
    )
