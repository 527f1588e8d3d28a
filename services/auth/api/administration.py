"""People as admins see them, what admins may do to accounts, and the record of what they did."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.auth.api.deps import Deps, Needs
from services.auth.api.fields import Reason
from services.auth.domain.administration import (
    Decision,
    LastAdmin,
    OwnAccount,
    Wanted,
    change_roles,
    reinstate_user,
    suspend_user,
)
from services.auth.domain.audit import Action
from services.auth.domain.links import UserUnknown
from services.auth.domain.users import Role
from shared.errors import Forbidden, Unauthenticated
from shared.http import problems
from shared.http.access import Principal, has_role
from shared.http.cursors import After
from shared.http.text import text

router = APIRouter(tags=["administration"])

Admin = Annotated[Principal, Depends(has_role("admin"))]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many in one page")]
Searched = Annotated[
    str | None,
    Query(min_length=1, max_length=254, description="A part of the address or name, in any letter case"),
    AfterValidator(text),
]

REFUSALS = (Unauthenticated, Forbidden, UserUnknown)


class AccountShown(BaseModel):
    """A person as admins see them. `suspended_at` is null for who may use the platform."""

    id: UUID
    email: str = Field(examples=["ada@example.com"])
    name: str = Field(examples=["Ada"])
    locale: str = Field(examples=["en"])
    timezone: str = Field(examples=["Europe/Berlin"])
    roles: list[Role]
    email_verified: bool
    suspended_at: datetime | None
    created_at: datetime


class AccountsShown(BaseModel):
    """A page of people. `next` is the `after` of the following page, null on the last one."""

    items: list[AccountShown]
    next: str | None


class AuditShown(BaseModel):
    """Something that was done. `actor` is null for what was done by command; `details` depend on `action`."""

    seq: int
    at: datetime
    actor: UUID | None
    action: Action
    user_id: UUID
    reason: str | None = Field(examples=["Writes our courses from now on"])
    details: dict[str, Any] = Field(examples=[{"before": [], "after": ["author"]}])


class AuditPage(BaseModel):
    """A page of the record. `next` is the `after` of the following page, null on the last one."""

    items: list[AuditShown]
    next: str | None


class Because(BaseModel):
    """Why it is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class NewRoles(Because):
    """All the roles that somebody is to have, and why."""

    roles: list[Role] = Field(max_length=2, examples=[["author"]])


@router.get("/users", response_model=AccountsShown, responses=problems.responses(Unauthenticated, Forbidden))
async def search(
    _caller: Admin,
    needs: Needs,
    *,
    q: Searched = None,
    role: Role | None = None,
    suspended: bool | None = None,
    limit: Limit = 20,
    after: After = None,
) -> Response:
    """People, newest first: all, or those that match."""
    asked = (q, role, suspended)
    mark = UUID(bytes=needs.cursors.open("accounts", after, bytes, *asked)) if after is not None else None
    wanted = Wanted(text=q, role=role, suspended=suspended)
    found = await needs.accounts.search(wanted, after=mark, limit=limit + 1)
    more = needs.cursors.seal("accounts", found[limit - 1].id.bytes, *asked) if found[limit:] else None
    return _answer({"items": found[:limit], "next": more})


@router.get("/users/{user_id}", response_model=AccountShown, responses=problems.responses(*REFUSALS))
async def account(user_id: UUID, _caller: Admin, needs: Needs) -> Response:
    """One person."""
    return await _shown(needs, user_id)


@router.put(
    "/users/{user_id}/roles",
    response_model=AccountShown,
    responses=problems.responses(*REFUSALS, OwnAccount, LastAdmin),
)
async def set_roles(user_id: UUID, given: NewRoles, caller: Admin, needs: Needs) -> Response:
    """Give somebody these roles and no others. Within seconds their access tokens are refused; refreshed ones hold the roles."""
    decision = Decision(user_id=user_id, actor=caller.user_id, reason=given.reason)
    await change_roles(needs.uow(), decision, lambda _: given.roles, at=needs.now())
    return await _shown(needs, user_id)


@router.post(
    "/users/{user_id}/suspend",
    response_model=AccountShown,
    responses=problems.responses(*REFUSALS, OwnAccount, LastAdmin),
)
async def suspend(user_id: UUID, given: Because, caller: Admin, needs: Needs) -> Response:
    """Shut somebody out: their sessions end, and within seconds every service refuses their access tokens."""
    decision = Decision(user_id=user_id, actor=caller.user_id, reason=given.reason)
    await suspend_user(needs.uow(), decision, at=needs.now())
    return await _shown(needs, user_id)


@router.post("/users/{user_id}/reinstate", response_model=AccountShown, responses=problems.responses(*REFUSALS))
async def reinstate(user_id: UUID, given: Because, caller: Admin, needs: Needs) -> Response:
    """Let somebody in again; they sign in anew."""
    decision = Decision(user_id=user_id, actor=caller.user_id, reason=given.reason)
    await reinstate_user(needs.uow(), decision, at=needs.now())
    return await _shown(needs, user_id)


@router.get("/audit", response_model=AuditPage, responses=problems.responses(Unauthenticated, Forbidden))
async def audit(
    _caller: Admin,
    needs: Needs,
    user_id: Annotated[UUID | None, Query(description="To whom it was done")] = None,
    limit: Limit = 20,
    after: After = None,
) -> Response:
    """What was done to accounts and why, newest first."""
    mark = needs.cursors.open("audit", after, int, user_id) if after is not None else None
    found = await needs.accounts.audit(user_id, after=mark, limit=limit + 1)
    more = needs.cursors.seal("audit", found[limit - 1].seq, user_id) if found[limit:] else None
    return _answer({"items": found[:limit], "next": more})


async def _shown(needs: Deps, user_id: UUID) -> Response:
    return _answer(await needs.accounts.account(user_id))


def _answer(shown: object) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(shown), media_type="application/json", headers=headers)
