"""Roles given and taken by whoever runs the platform: the same use case as an admin's, done by nobody.

In a cluster, in auth's own container: `python -m services.auth.commands grant --email ... --role admin --reason ...`.
"""

import argparse
import asyncio
import sys
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
from services.auth.settings import Settings
from shared.bus.unit_of_work import Writing
from shared.dapr import DaprSidecar, SidecarError
from shared.db.auth import bus
from shared.db.database import Database, is_infrastructure

ROLES: tuple[Role, ...] = get_args(Role)
SECONDS = 10.0


class Refused(Exception):
    """It cannot be done: why, and what to do."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause, self.remedy = cause, remedy


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
    """Do it, as auth's own role in the database; returns the person as they are then. Raises Refused.

    The event has its place in the log, and with it its effect, when a relay of the running auth sweeps, within a second.
    """
    if request.role not in ROLES:
        raise Refused(f"There is no role {request.role!r}.", f"Roles are {' and '.join(ROLES)}.")
    try:
        reason: str = TypeAdapter(Reason).validate_python(request.reason)
    except ValidationError:
        raise Refused(
            "Why? The reason is on record for ever.", "Write 1 to 1000 characters, for example: writes our courses."
        ) from None
    writing = Writing(sessions=database.sessions, tables=bus, wake=lambda: None)
    try:
        user = await user_at(SqlUow(writing), mail_address_or_none(request.email) or "")
        decision = Decision(user_id=user.id, actor=None, reason=reason)
        return await change_roles(SqlUow(writing), decision, request.applied_to, at=datetime.now(UTC))
    except UserUnknown:
        remedy = "They register first; check the address, for example: ada@example.com."
        raise Refused(f"Nobody has the address {request.email!r}.", remedy) from None
    except LastAdmin as refused:
        raise Refused(f"{request.email} keeps the role.", refused.detail) from None
    except Exception as error:
        if not is_infrastructure(error):
            raise
        raise Refused("The database does not answer.", "Look whether PostgreSQL runs.") from error


async def _through_the_sidecar(request: Request) -> User:
    settings = Settings()
    async with DaprSidecar(settings.dapr_http_port, api_token=settings.dapr_api_token) as sidecar:
        await sidecar.wait_until_up(SECONDS)
        password = await sidecar.secret("auth-database-password")
    database = Database(settings.database_url, password=password, pool_size=1, application="commands")
    try:
        return await carry_out(request, database)
    finally:
        await database.close()


def main(arguments: list[str] | None = None) -> None:
    """Run one command; exit 1 with cause and remedy."""
    parser = argparse.ArgumentParser(prog="python -m services.auth.commands", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, gets, purpose in (("grant", True, "give somebody a role"), ("revoke-role", False, "take it from them")):
        command = commands.add_parser(name, help=purpose)
        command.set_defaults(gets=gets)
        command.add_argument("--email", required=True, help="whose account")
        command.add_argument("--role", required=True, help=" or ".join(ROLES))
        command.add_argument("--reason", required=True, help="why; it is on record for ever")
    request = Request(**vars(parser.parse_args(arguments)))
    try:
        user = asyncio.run(_through_the_sidecar(request))
    except Refused as refused:
        sys.exit(f"{refused.cause}\n{refused.remedy}")
    except (SidecarError, ValidationError) as error:
        sys.exit(f"{error}\nRun this in auth's own container, beside its sidecar.")
    sys.stdout.write(f"{request.email} has {' and '.join(f'the role {role}' for role in user.roles) or 'no role'}.\n")


if __name__ == "__main__":
    main()
