"""Signing in, and showing by a password who one is."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.domain import sessions
from services.auth.domain.derivation import DerivationKey, digest_of
from services.auth.domain.failures import (
    DEVICE_LIFETIME,
    DEVICE_NOTED,
    WINDOW,
    AllFailures,
    Counters,
    KnownDevices,
    Origin,
    counters,
)
from services.auth.domain.passwords import PasswordHasher
from services.auth.domain.sessions import LIFETIME, Client, Session, SignedIn, signed_in
from services.auth.domain.users import User
from shared.errors import Forbidden, Unauthenticated, Unavailable
from shared.events import auth as facts

DEVICE_TOKEN_BYTES = 32
NOWHERE = Origin()


def new_device_token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(DEVICE_TOKEN_BYTES)


class SignInRefused(Unauthenticated):
    """Address and password do not belong together."""

    slug = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("There is no account with this address and password. Check both and try again.")


class AccountSuspended(Forbidden):
    """The password is right, and an admin has suspended the account."""

    slug = "account-suspended"

    def __init__(self) -> None:
        super().__init__("This account is suspended. Ask those who run this platform why.")


class Uow(sessions.Uow, Protocol):
    failures: AllFailures
    devices: KnownDevices

    def act_as(self, user_id: UUID) -> None:
        """See users.Uow."""
        ...


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An address, the password that is said to belong to it, and where that comes from.

    `email` is None for what cannot be an address: it has no account.
    """

    email: str | None = field(repr=False)
    password: str = field(repr=False)
    origin: Origin = NOWHERE


@dataclass(frozen=True, kw_only=True)
class Credentials(Claim):
    """What somebody who signs in gives. `device` is what the client says of itself, 1 to 200 characters."""

    client: Client
    device: str | None = None


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What signing in needs: who checks passwords, the key that tokens are derived from, and new devices' tokens."""

    hasher: PasswordHasher
    key: DerivationKey
    new_token: Callable[[], str] = new_device_token


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A claim that is right: whose it is, the hash it was checked against, where it counts, and when its device was used last."""

    user_id: UUID
    password_hash: str = field(repr=False)
    counters: Counters
    device_used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Opened(SignedIn):
    """A new session, and the token by which its device is known from now on."""

    device_token: str = field(repr=False)


async def check_password(uow: Uow, claim: Claim, *, gate: Gate, at: datetime) -> Checked:
    """Whose the claim is. It counts as failed until the caller forgives it, with what it does then (`accepted`).

    SignInRefused, equal for an unknown address and a wrong password, in time too; TooManyFailures after ten of them
    within an hour; AccountSuspended for the right password alone; Unavailable when too many passwords wait to be checked.
    """
    email, token = claim.email or "", claim.origin.device_token
    async with uow:
        user = await uow.users.by_email(email)
        used_at = await uow.devices.used_at(digest_of(token), user.id if user else None) if token else None
        count = counters(gate.key, email, claim.origin, known=used_at is not None)
        if count.network and (seen := await uow.failures.seen(count.network)):
            seen.delay(at=at)
        (await uow.failures.locked(count.own, at=at)).admit(at=at)
        stored = user.password_hash if user else None
    try:
        right = await gate.hasher.verify(stored, claim.password)
    except Unavailable:
        async with uow:
            (await uow.failures.locked(count.own, at=at)).withdraw(at=at)
        raise
    if user is None or stored is None or not right:
        if count.network:
            async with uow:
                (await uow.failures.locked(count.network, at=at)).count(at=at)
        raise SignInRefused
    return Checked(user_id=user.id, password_hash=stored, counters=count, device_used_at=used_at)


async def accepted(uow: Uow, checked: Checked) -> User:
    """The person, locked in this open transaction, and their failures forgiven.

    SignInRefused when they have another password by now, or are gone.
    """
    user = await uow.users.get_locked(checked.user_id)
    if user is None or user.password_hash != checked.password_hash:
        raise SignInRefused
    await uow.failures.forgive(checked.counters.own)
    return user


async def sign_in(uow: Uow, credentials: Credentials, *, gate: Gate, session_id: UUID, at: datetime) -> Opened:
    """Open the session `session_id` for whoever the credentials belong to. Raises what `check_password` does.

    AccountSuspended when the password is right and the account may not be used.
    """
    checked = await check_password(uow, credentials, gate=gate, at=at)
    better = await _rehashed(gate.hasher, checked.password_hash, credentials.password)
    known_as = credentials.origin.device_token if checked.device_used_at else None
    device_token = known_as or gate.new_token()
    session = Session(
        id=session_id,
        user_id=checked.user_id,
        client=credentials.client,
        device=credentials.device,
        created_at=at,
        last_used_at=at,
        expires_at=at + LIFETIME,
    )
    async with uow:
        user = await accepted(uow, checked)
        if user.suspended_at is None:
            user.password_hash = better or user.password_hash
            if checked.device_used_at is None or at - checked.device_used_at >= DEVICE_NOTED:
                await uow.devices.remember(digest_of(device_token), user.id, at=at)
            uow.sessions.add(session)
            uow.act_as(user.id)
            uow.emit(facts.SignedIn(user_id=user.id, session_id=session.id))
    if user.suspended_at is not None:
        raise AccountSuspended
    return Opened(**vars(signed_in(session, user, gate.key)), device_token=device_token)


async def _rehashed(hasher: PasswordHasher, stored: str, password: str) -> str | None:
    """The password hashed as it is done today; None if it is, or if there is no time for it now."""
    if hasher.is_outdated(stored):
        with suppress(Unavailable):
            return await hasher.hash(password)
    return None


async def forget_old(uow: Uow, *, at: datetime) -> None:
    """Drop what no longer decides anything: expired sessions, failures older than the window, devices long not used."""
    async with uow:
        await uow.sessions.forget_expired(at)
        await uow.failures.forget_before(at - WINDOW)
        await uow.devices.forget_before(at - DEVICE_LIFETIME)
