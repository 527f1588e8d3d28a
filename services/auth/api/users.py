"""Registering, and one's own account."""

from datetime import datetime
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from services.auth.api.deps import Needs
from services.auth.api.fields import Email, Locale, Name, Password, Timezone
from services.auth.api.timing import unhurried
from services.auth.domain.passwords import LONGEST, SHORTEST, PasswordRefused
from services.auth.domain.profiles import edit_profile
from services.auth.domain.users import Profile, ProfileEdit, Registration, keep_or_tell, prepared
from shared.errors import PreconditionRequired, Stale, Unauthenticated, Unavailable
from shared.http import problems
from shared.http.access import Caller, public
from shared.http.answers import answer as as_json
from shared.http.documentation import answer
from shared.http.etags import ExpectedVersion

router = APIRouter(tags=["users"])


class NewUser(BaseModel):
    """Somebody who registers. Any characters may be in a password; known and predictable ones are refused."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Password = Field(min_length=SHORTEST, max_length=LONGEST)
    name: Name
    locale: Locale = "en"
    timezone: Timezone = "UTC"


class Accepted(BaseModel):
    """The same answer to everybody, so that nobody learns from it who has an account."""

    detail: str = "Look into your mailbox: what to do next is on its way there."


class Me(BaseModel):
    """One's own account."""

    id: UUID
    email: str = Field(examples=["ada@example.com"])
    name: str = Field(examples=["Ada"])
    locale: str = Field(examples=["en"])
    timezone: str = Field(examples=["Europe/Berlin"])
    roles: list[Literal["author", "admin"]]
    email_verified: bool
    created_at: datetime


class MeEdit(BaseModel):
    """What is to change."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    locale: Locale | None = None
    timezone: Timezone | None = None


@router.post(
    "/users",
    status_code=HTTPStatus.ACCEPTED,
    dependencies=[Depends(public)],
    responses=problems.responses(PasswordRefused, Unavailable),
)
async def register(new: NewUser, needs: Needs) -> Accepted:
    """Register. What happens next is in a mail: how to go on, or, for an address that has an account, that it has one."""
    registration = Registration(
        email=new.email,
        password=new.password.get_secret_value(),
        name=new.name,
        locale=new.locale,
        timezone=new.timezone,
    )
    at = needs.now()
    user = await prepared(registration, admission=needs.admission, user_id=needs.new_id(), at=at)
    async with unhurried():
        await keep_or_tell(needs.uow(), user, at=at)
    return Accepted()


@router.get(
    "/me",
    response_model=Me,
    responses={**problems.responses(Unauthenticated), 200: answer(headers=["Cache-Control", "ETag"])},
)
async def me(caller: Caller, needs: Needs) -> Response:
    """The caller's own account. The ETag is for an edit of it."""
    return _shown(await needs.profiles.profile(caller.user_id))


@router.patch(
    "/me",
    response_model=Me,
    responses={
        **problems.responses(Unauthenticated, Stale, PreconditionRequired),
        200: answer(headers=["Cache-Control", "ETag"]),
    },
)
async def edit_me(edit: MeEdit, version: ExpectedVersion, caller: Caller, needs: Needs) -> Response:
    """Change name, locale or time zone; what is not sent stays."""
    await edit_profile(
        needs.uow(), ProfileEdit(**edit.model_dump(exclude_none=True)), user_id=caller.user_id, version=version
    )
    return _shown(await needs.profiles.profile(caller.user_id))


def _shown(profile: Profile) -> Response:
    body = {name: value for name, value in vars(profile).items() if name != "version"}
    return as_json(body, version=profile.version, headers={"cache-control": "no-store"})
