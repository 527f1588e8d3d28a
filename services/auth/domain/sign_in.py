"""Signing in."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.domain import sessions
from services.auth.domain.derivation import DerivationKey
from services.auth.domain.failures import WINDOW, AllFailures
from services.auth.domain.passwords import PasswordHasher
from services.auth.domain.sessions import LIFETIME, Client, Session, SignedIn, signed_in
from shared.errors import Forbidden, Unauthenticated, Unavailable


class SignInRefused(Unauthenticated):
    """Address and password do not belong together."""

    slug = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("There is no account with this address and password. Check both and try again.")


class AccountSuspended(Forbidden):
    """The right password of an account that is suspended."""

    slug = "account-suspended"

    def __init__(self) -> None:
        super().__init__("This account is suspended. Write to the platform's support.")


class Uow(sessions.Uow, Protocol):
    failures: AllFailures


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What somebody who signs in gives. `email` is None for what cannot be an address: it has no account."""

    email: str | None = field(repr=False)
    password: str = field(repr=False)
    client: Client


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What signing in needs: who checks passwords, and the key that tokens are derived from."""

    hasher: PasswordHasher
    key: DerivationKey


async def sign_in(uow: Uow, credentials: Credentials, *, gate: Gate, session_id: UUID, at: datetime) -> SignedIn:
    """Open the session `session_id` for whoever the credentials belong to.

    SignInRefused, equal for an unknown address and a wrong password, in time too; TooManyFailures after ten of them
    within an hour; AccountSuspended for the right password alone; Unavailable when too many passwords wait to be checked.
    """
    address = gate.key.derive("sign-in-failures", (credentials.email or "").lower())
    async with uow:
        (await uow.failures.locked(address, at=at)).admit(at=at)
        user = await uow.users.by_email(credentials.email or "")
    try:
        right = await gate.hasher.verify(user.password_hash if user else None, credentials.password)
    except Unavailable:
        async with uow:
            (await uow.failures.locked(address, at=at)).withdraw(at=at)
        raise
    if user is None or not right:
        raise SignInRefused
    session = Session(
        id=session_id,
        user_id=user.id,
        client=credentials.client,
        created_at=at,
        last_used_at=at,
        expires_at=at + LIFETIME,
    )
    async with uow:
        (await uow.failures.locked(address, at=at)).forgive()
        # Under its lock: who suspends the account meanwhile must find the session, or be found by it.
        user = await uow.users.get_locked(user.id)
        if user is None:
            raise SignInRefused
        if user.suspended_at is None:
            uow.sessions.add(session)
    if user.suspended_at is not None:
        raise AccountSuspended
    return signed_in(session, user, gate.key)


async def forget_old(uow: Uow, *, at: datetime) -> None:
    """Drop what no longer decides anything: expired sessions and failures older than the window."""
    async with uow:
        await uow.sessions.forget_expired(at)
        await uow.failures.forget_before(at - WINDOW)
