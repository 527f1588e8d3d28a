"""Roles given and taken by whoever runs the platform: the same use case as an admin's, done by nobody."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from services.auth.api.fields import Reason, mail_address_or_none
from services.auth.data.unit_of_work import SqlUow
from services.auth.domain.administration import Decision, LastAdmin, change_roles, user_at
from services.auth.domain.links import UserUnknown
from services.auth.domain.users import Role, User
from shared.bus.unit_of_work import Writing
from shared.db.auth import bus
from shared.db.database import Database, is_infrastructure
from tools.local.problem import Problem

ROLES: tuple[Role, ...] = get_args(Role)
USAGE = 'for example EMAIL=ada@example.com ROLE=author REASON="writes our courses"'


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who is to get or lose which role, and why, as it was typed."""

    email: str
    role: str
    reason: str = field(repr=False)
    gets: bool

    def applied_to(self, before: Collection[str]) -> list[Role]:
        """The roles that somebody with the roles `before` is to have."""
        return [role for role in ROLES if (self.gets if role == self.role else role in before)]


async def carry_out(request: Request, database: Database) -> User:
    """Do it, as auth's own role in the database; returns the person as they are then. Problem says why it cannot be done.

    The event has its place in the log, and with it its effect, when a relay of the running auth sweeps, within a second.
    """
    if request.role not in ROLES:
        raise Problem(f"There is no role {request.role!r}.", f"Roles are {' and '.join(ROLES)}: {USAGE}.")
    try:
        reason: str = TypeAdapter(Reason).validate_python(request.reason)
    except ValidationError:
        raise Problem("Why? The reason is on record for ever.", f"Write 1 to 1000 characters, {USAGE}.") from None
    writing = Writing(sessions=database.sessions, tables=bus, wake=lambda: None)
    try:
        user = await user_at(SqlUow(writing), mail_address_or_none(request.email) or "")
        decision = Decision(user_id=user.id, actor=None, reason=reason)
        return await change_roles(SqlUow(writing), decision, request.applied_to, at=datetime.now(UTC))
    except UserUnknown:
        remedy = f"They register first; check the address, {USAGE}."
        raise Problem(f"Nobody has the address {request.email!r}.", remedy) from None
    except LastAdmin as refused:
        raise Problem(f"{request.email} keeps the role.", refused.detail) from None
    except Exception as error:
        if not is_infrastructure(error):
            raise
        raise Problem("The database does not answer.", "`make status` shows whether postgres runs.") from error
