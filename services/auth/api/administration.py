"""People as admins see them, what admins may do to accounts, and the record of what they did."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.auth.api.deps import Deps, Needs
from services.auth.api.fields import Limit, Reason
from services.auth.domain.administration import (
    Decision,
    LastAdmin,
    OwnAccount,
    Wanted,
    change_roles,
    reinstate_user,
    suspend_user,
)
from services.auth.domain.audit import Action, AuditEntry
from services.auth.domain.links import UserUnknown
from services.auth.domain.users import Role
from shared.errors import Forbidden, Unauthenticated
from shared.http import problems
from shared.http.access import Admin
from shared.http.answers import answer, page
from shared.http.cursors import After, CursorInvalid
from shared.http.text import text

router = APIRouter(tags=["administration"])

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


@router.get(
    "/users", response_model=AccountsShown, responses=problems.responses(Unauthenticated, Forbidden, CursorInvalid)
)
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
    wanted = Wanted(text=q, role=role, suspended=suspended)
    found = await needs.accounts.search(wanted, after=needs.account_cursors.open(after, *asked), limit=limit + 1)
    items, more = needs.account_cursors.cut(found, limit, lambda one: one.id, *asked)
    return page(items, next=more)


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


@router.get("/audit", response_model=AuditPage, responses=problems.responses(Unauthenticated, Forbidden, CursorInvalid))
async def audit(
    _caller: Admin,
    needs: Needs,
    user_id: Annotated[UUID | None, Query(description="To whom it was done")] = None,
    limit: Limit = 20,
    after: After = None,
) -> Response:
    """What was done to accounts and why, newest first."""
    found = await needs.accounts.audit(user_id, after=needs.audit_cursors.open(after, user_id), limit=limit + 1)
    items, more = needs.audit_cursors.cut(found, limit, _place, user_id)
    return page(items, next=more)


def _place(entry: AuditEntry) -> int:
    if entry.seq is None:  # the database gives it
        raise ValueError("an entry has its place in the record once it is written down")
    return entry.seq


async def _shown(needs: Deps, user_id: UUID) -> Response:
    return answer(await needs.accounts.account(user_id))
