"""Sessions: staying signed in, signing out."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, Self
from uuid import UUID

from services.auth.domain.derivation import DerivationKey
from services.auth.domain.refresh_tokens import SessionOver, read_refresh_token, refresh_token
from services.auth.domain.users import Users
from shared.errors import NotFound
from shared.events.auth import SessionRevoked
from shared.uow import UnitOfWork

logger = logging.getLogger(__name__)

LIFETIME = timedelta(days=30)  # from the sign-in, whatever is done with it
IDLE = timedelta(days=14)  # without a refresh; learners come back after a week
GRACE = timedelta(seconds=10)  # an answer may get lost on its way, and two tabs may refresh at once

Client = Literal["api", "browser"]
EndedReason = Literal["signed-out", "reused", "revoked", "password-changed", "suspended"]


class SessionNotFound(NotFound):
    """No such session of the caller's is open."""

    slug = "session-not-found"

    def __init__(self) -> None:
        super().__init__("You have no such session, or it is over. Look at your sessions again.")


@dataclass(kw_only=True, eq=False)
class Session:
    """One sign-in, and the family of refresh tokens that follow each other since. `generation` is the newest one's.

    `expires_at` moves with each use, but never beyond `LIFETIME`.
    """

    id: UUID
    user_id: UUID
    client: Client
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    device: str | None = None
    generation: int = 1
    rotated_at: datetime | None = None
    ended_at: datetime | None = None
    ended_reason: EndedReason | None = None

    @classmethod
    def begin(cls, session_id: UUID, *, user_id: UUID, client: Client, device: str | None = None, at: datetime) -> Self:
        """A new one."""
        return cls(
            id=session_id,
            user_id=user_id,
            client=client,
            device=device,
            created_at=at,
            last_used_at=at,
            expires_at=at + IDLE,
        )

    def is_open(self, *, at: datetime) -> bool:
        """Whether it can still be used."""
        return self.ended_at is None and at < self.expires_at

    def use(self, generation: int, *, at: datetime) -> bool:
        """Take the token of `generation` for the next one. False, and the session has ended, if it was taken before.

        Taking the last used one again within 10 s leads to the same next token, as long as that was not used itself.
        """
        if generation == self.generation:
            self.generation += 1
            self.rotated_at = at
        elif not self._repeats_the_last(generation, at=at):
            self.end("reused", at=at)
            return False
        self.last_used_at = at
        self.expires_at = min(self.created_at + LIFETIME, at + IDLE)
        return True

    def end(self, reason: EndedReason, *, at: datetime) -> SessionRevoked | None:
        """End it; None when it had ended."""
        if self.ended_at is not None:
            return None
        self.ended_at, self.ended_reason = at, reason
        return SessionRevoked(user_id=self.user_id, session_id=self.id, reason=reason)

    def _repeats_the_last(self, generation: int, *, at: datetime) -> bool:
        # That the successor is still the newest generation says that it was not used.
        return generation == self.generation - 1 and self.rotated_at is not None and at - self.rotated_at <= GRACE


class Sessions(Protocol):
    """The sessions there are."""

    def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def get_locked(self, session_id: UUID) -> Session | None:
        """A session, locked for this transaction."""
        ...

    async def open_of(self, user_id: UUID) -> list[Session]:
        """Every session of a person that has not ended, locked for this transaction."""
        ...

    async def forget_expired(self, at: datetime) -> None:
        """Drop sessions that expired before `at`, ended or not."""
        ...


@dataclass(frozen=True, kw_only=True)
class OwnSession:
    """What people see of one of their sessions; `device` is what the client said of itself."""

    id: UUID
    device: str | None
    client: Client
    created_at: datetime
    last_used_at: datetime
    current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class LastUsed:
    """A place in a list of sessions, the one used last first: just after this one."""

    at: datetime
    id: UUID


class OwnSessions(Protocol):
    async def open_of(
        self, user_id: UUID, *, current: UUID, at: datetime, after: LastUsed | None, limit: int
    ) -> list[OwnSession]:
        """Up to `limit` of a person's open sessions, the one used last first, those behind `after` if it is given.

        `current` is the one that asks.
        """
        ...


class Uow(UnitOfWork, Protocol):
    users: Users
    sessions: Sessions

    def act_as(self, user_id: UUID) -> None:
        """Name who does what this transaction states."""
        ...


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session as its owner gets it."""

    session_id: UUID
    user_id: UUID
    roles: list[str]
    refresh_token: str = field(repr=False)
    expires_at: datetime


async def refresh_session(uow: Uow, token: str, *, client: Client, key: DerivationKey, at: datetime) -> SignedIn:
    """Take a refresh token for its successor. SessionOver, and the session ends, when it had been used before."""
    session_id, generation = read_refresh_token(key, token)
    async with uow:
        session = await uow.sessions.get_locked(session_id)
        # A browser's token comes in its cookie alone: elsewhere it was stolen from there.
        if session is None or session.client != client or not session.is_open(at=at):
            raise SessionOver
        user = await uow.users.get(session.user_id)
        usable = session.use(generation, at=at)
        if not usable:
            uow.emit(SessionRevoked(user_id=session.user_id, session_id=session_id, reason="reused"))
    if not usable:
        logger.warning("session %s ended: a refresh token was used twice", session_id)
    if user is None or not usable:
        raise SessionOver
    return signed_in(session, user.roles, key)


async def sign_out(uow: Uow, *, session_id: UUID, at: datetime) -> None:
    """End a session; ending it twice, or one that is gone, is fine."""
    async with uow:
        session = await uow.sessions.get_locked(session_id)
        if session and (revoked := session.end("signed-out", at=at)):
            uow.act_as(session.user_id)
            uow.emit(revoked)


async def sign_out_browser(uow: Uow, session_id: UUID, *, at: datetime) -> None:
    """End a browser's session within an open unit of work, whosever it is; nothing happens to any other or one that is over."""
    session = await uow.sessions.get_locked(session_id)
    if session is None or session.client != "browser" or not session.is_open(at=at):
        return
    if revoked := session.end("signed-out", at=at):
        uow.emit(revoked)


async def end_session(uow: Uow, *, session_id: UUID, owner: UUID, at: datetime) -> None:
    """End one of the owner's sessions. SessionNotFound for another's, and for one that is over."""
    async with uow:
        session = await uow.sessions.get_locked(session_id)
        if session is None or session.user_id != owner or not session.is_open(at=at):
            raise SessionNotFound
        uow.act_as(owner)
        if revoked := session.end("revoked", at=at):
            uow.emit(revoked)


async def end_others(uow: Uow, *, owner: UUID, kept: UUID, at: datetime) -> None:
    """End all of the owner's sessions but `kept`."""
    async with uow:
        uow.act_as(owner)
        await end_all(uow, owner, "revoked", but=kept, at=at)


async def end_all(
    uow: Uow, user_id: UUID, reason: EndedReason, *, at: datetime, but: UUID | None = None
) -> list[SessionRevoked]:
    """End every session of a person, but one if it is named, within an open unit of work; says so, and returns what it said."""
    ended = [session.end(reason, at=at) for session in await uow.sessions.open_of(user_id) if session.id != but]
    facts = [revoked for revoked in ended if revoked]
    for revoked in facts:
        uow.emit(revoked)
    return facts


def signed_in(session: Session, roles: Iterable[str], key: DerivationKey) -> SignedIn:
    """What the session's owner gets of it: its newest refresh token."""
    return SignedIn(
        session_id=session.id,
        user_id=session.user_id,
        roles=sorted(roles),
        refresh_token=refresh_token(key, session.id, session.generation),
        expires_at=session.expires_at,
    )
