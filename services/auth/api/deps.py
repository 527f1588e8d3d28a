"""What the routes of this service need."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from services.auth.domain import administration, new_passwords, signing_keys
from services.auth.domain.access_tokens import AccessTokens
from services.auth.domain.administration import Accounts
from services.auth.domain.sessions import LastUsed, OwnSessions
from services.auth.domain.sign_in import Gate
from services.auth.domain.signing_keys import Seal
from services.auth.domain.users import Admission, Profiles
from shared.http.cursors import CursorOf
from shared.http.revocations import Revocations


class Uow(new_passwords.Uow, signing_keys.Uow, administration.Uow, Protocol):
    """The unit of work of every use case here."""


@dataclass(frozen=True, kw_only=True)
class Deps:
    uow: Callable[[], Uow]
    profiles: Profiles
    own_sessions: OwnSessions
    accounts: Accounts
    session_cursors: CursorOf[LastUsed]
    account_cursors: CursorOf[UUID]
    audit_cursors: CursorOf[int]
    revocations: Revocations
    admission: Admission
    gate: Gate
    access_tokens: AccessTokens
    seal: Seal
    key_wait: timedelta
    public_url: str
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


async def deps(request: Request) -> Deps:
    """The dependencies that main made."""
    made: Deps = request.app.state.deps
    return made


Needs = Annotated[Deps, Depends(deps)]
