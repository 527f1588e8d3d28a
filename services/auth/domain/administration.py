"""What admins do to other people's accounts. Each change has a reason, and is on record with it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from services.auth.domain import sessions
from services.auth.domain.audit import Action, AuditEntry, AuditTrail
from services.auth.domain.links import UserUnknown
from services.auth.domain.users import Role, User
from shared.errors import Conflict

ADMIN: Role = "admin"

ChangeOfRoles = Callable[[Collection[str]], Collection[Role]]


class OwnAccount(Conflict):
    """Admins do not shut themselves out."""

    slug = "own-account"

    def __init__(self) -> None:
        super().__init__("Nobody suspends themself or gives up being an admin: ask another admin to do it.")


class LastAdmin(Conflict):
    """Somebody must be left to look after people."""

    slug = "last-admin"

    def __init__(self) -> None:
        super().__init__("Nobody else is an admin. Make somebody an admin first, then try again.")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whose account is changed, by whom (nobody for a command) and why: 1 to 1000 characters of text."""

    user_id: UUID
    actor: UUID | None
    reason: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Account:
    """What admins see of a person."""

    id: UUID
    email: str = field(repr=False)
    name: str = field(repr=False)
    locale: str
    timezone: str
    roles: list[str]
    email_verified: bool
    suspended_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which accounts are looked for: `text` is a part of address or name in any letter case; None leaves a thing open."""

    text: str | None = field(default=None, repr=False)
    role: Role | None = None
    suspended: bool | None = None


class Accounts(Protocol):
    """What admins read."""

    async def search(self, wanted: Wanted, *, after: UUID | None, limit: int) -> list[Account]:
        """Up to `limit` accounts, newest first, those behind the account `after` if it is given."""
        ...

    async def account(self, user_id: UUID) -> Account:
        """One. UserUnknown if there is none."""
        ...

    async def audit(self, user_id: UUID | None, *, after: int | None, limit: int) -> list[AuditEntry]:
        """Up to `limit` entries, newest first, of one person or all, those behind the entry `after` if it is given."""
        ...


class Uow(sessions.Uow, Protocol):
    audit: AuditTrail


async def user_at(uow: Uow, email: str) -> User:
    """Whose address this is. UserUnknown if nobody's."""
    async with uow:
        user = await uow.users.by_email(email)
    if user is None:
        raise UserUnknown
    return user


async def change_roles(uow: Uow, decision: Decision, change: ChangeOfRoles, *, at: datetime) -> User:
    """Give somebody the roles that `change` makes of their present ones; nothing happens if they are the same.

    UserUnknown for nobody, OwnAccount for an admin's own admin role, LastAdmin if no other admin would be left.
    """
    async with uow:
        user, others = await _with_admins(uow, decision)
        before = sorted(user.roles)
        after = change(before)
        if ADMIN in before and ADMIN not in after:
            _keep_an_admin(user, decision, others)
        if changed := user.change_roles(after):
            uow.emit(changed)
            _record(uow, decision, "roles-changed", {"before": before, "after": changed.roles}, at=at)
    return user


async def suspend_user(uow: Uow, decision: Decision, *, at: datetime) -> User:
    """Shut somebody out and end all their sessions; nothing happens if they are suspended already. Raises as `change_roles`."""
    async with uow:
        user, others = await _with_admins(uow, decision)
        _keep_an_admin(user, decision, others)
        if suspended := user.suspend(at=at):
            uow.emit(suspended)
            ended = await sessions.end_all(uow, user.id, "suspended", at=at)
            _record(uow, decision, "suspended", {"sessions": len(ended)}, at=at)
    return user


async def reinstate_user(uow: Uow, decision: Decision, *, at: datetime) -> User:
    """Let somebody in again, who then signs in anew; nothing happens if they are not suspended. UserUnknown for nobody."""
    async with uow:
        user = await uow.users.get_locked(decision.user_id)
        if user is None:
            raise UserUnknown
        if reinstated := user.reinstate():
            uow.emit(reinstated)
            _record(uow, decision, "reinstated", {}, at=at)
    return user


async def _with_admins(uow: Uow, decision: Decision) -> tuple[User, set[UUID]]:
    # All admins are locked first: of two who take each other's role away at once, the second finds itself the last.
    admins = {admin.id for admin in await uow.users.admins_locked()}
    user = await uow.users.get_locked(decision.user_id)
    if user is None:
        raise UserUnknown
    return user, admins - {user.id}


def _keep_an_admin(user: User, decision: Decision, others: set[UUID]) -> None:
    if decision.actor == user.id:
        raise OwnAccount
    if ADMIN in user.roles and not others:
        raise LastAdmin


def _record(uow: Uow, decision: Decision, action: Action, details: dict[str, Any], *, at: datetime) -> None:
    if decision.actor:
        uow.act_as(decision.actor)
    uow.audit.add(
        AuditEntry(
            at=at,
            actor=decision.actor,
            action=action,
            user_id=decision.user_id,
            reason=decision.reason,
            details=details,
        )
    )
