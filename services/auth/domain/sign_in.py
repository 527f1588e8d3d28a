"""Signing in, and showing by a password who one is."""

import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.domain import sessions
from services.auth.domain.derivation import DerivationKey, digest_of
from services.auth.domain.door import Door, Sight
from services.auth.domain.failures import (
    DEVICE_LIFETIME,
    DEVICE_NOTED,
    WINDOW,
    AllFailures,
    Counters,
    Failures,
    KnownDevices,
    Origin,
    counters,
)
from services.auth.domain.passwords import PasswordHasher
from services.auth.domain.refresh_tokens import SessionOver, read_refresh_token
from services.auth.domain.sessions import Client, Session, SignedIn, sign_out_browser, signed_in
from services.auth.domain.users import User
from shared.errors import Forbidden, Unauthenticated, Unavailable
from shared.events import auth as facts

DEVICE_TOKEN_BYTES = 32
TRIES_AT_ONCE = 50  # each means that somebody else was faster; ten of them, and nobody is admitted any more
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
    """What somebody who signs in gives. `device` is what the client says of itself, 1 to 200 characters.

    `carried` is the refresh token that a browser still has, whosever it is: its session ends with this sign-in.
    """

    client: Client
    device: str | None = None
    carried: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What signing in needs: who checks passwords, the door, the key that tokens are derived from, and new devices' tokens."""

    hasher: PasswordHasher
    door: Door
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
    within an hour; Unavailable when too many passwords wait to be checked.
    """
    sight, count = await _admitted(claim, gate=gate, at=at)
    stored = sight.account.password_hash if sight.account else None
    try:
        right = await gate.hasher.verify(stored, claim.password)
    except Unavailable:
        await not_tried(uow, count, at=at)
        raise
    if sight.account is None or not right:
        if count.network:
            async with uow:
                (await uow.failures.locked(count.network, at=at)).count(at=at)
        raise SignInRefused
    return Checked(
        user_id=sight.account.id,
        password_hash=sight.account.password_hash,
        counters=count,
        device_used_at=sight.device_used_at,
    )


async def _admitted(claim: Claim, *, gate: Gate, at: datetime) -> tuple[Sight, Counters]:
    """Who tries, counted as failed under the counters they belong to. TooManyFailures."""
    email, token = claim.email or "", claim.origin.device_token
    known, strange = (counters(gate.key, email, claim.origin, known=known) for known in (True, False))
    device = digest_of(token) if token else None
    for _ in range(TRIES_AT_ONCE):
        sight = await gate.door.knock(
            email, device=device, known=known.own, strange=strange.own, network=strange.network, at=at
        )
        count = known if sight.device_used_at is not None else strange
        if sight.counted:
            return sight, count
        if count.network and (seen := sight.failures.get(count.network)):
            seen.delay(at=at)
        own = sight.failures.get(count.own) or Failures(address=count.own, failed_at=[], last_at=at)
        before = own.failed_at
        own.admit(at=at)
        if await gate.door.count(own, before=before):
            return sight, count
    raise Unavailable("Too many try to sign in here at once. Try again in a moment.", retry_after=1)


async def not_tried(uow: Uow, count: Counters, *, at: datetime) -> None:
    """Take back that the try of this moment counted as failed: there was no time for it."""
    async with uow:
        (await uow.failures.locked(count.own, at=at)).withdraw(at=at)


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
    known_as = credentials.origin.device_token if checked.device_used_at else None
    device_token = known_as or gate.new_token()
    better = await _rehashed(gate.hasher, checked.password_hash, credentials.password)
    if better or checked.device_used_at is None or at - checked.device_used_at >= DEVICE_NOTED:
        checked = await _noted(uow, checked, digest_of(device_token), credentials.client, better, at=at)
    session = Session.begin(
        session_id, user_id=checked.user_id, client=credentials.client, device=credentials.device, at=at
    )
    roles = await _opened(uow, session, checked, gate=gate, carried=credentials.carried, at=at)
    if roles is None:
        async with uow:
            await accepted(uow, checked)
        raise AccountSuspended
    return Opened(**vars(signed_in(session, roles, gate.key)), device_token=device_token)


async def _opened(
    uow: Uow, session: Session, checked: Checked, *, gate: Gate, carried: str | None, at: datetime
) -> Collection[str] | None:
    """Open the session; the roles that the person has. None when the account may not be used (see Door)."""
    fact = facts.SignedIn(user_id=session.user_id, session_id=session.id)
    before = _session_of(gate.key, carried) if carried and session.client == "browser" else None
    if before is None:
        own = checked.counters.own
        return await gate.door.open(session, fact, password_hash=checked.password_hash, forgiven=own)
    async with uow:
        user = await accepted(uow, checked)
        if user.suspended_at is not None:
            return None
        uow.act_as(user.id)
        await sign_out_browser(uow, before, at=at)
        uow.sessions.add(session)
        uow.emit(fact)
    return user.roles


def _session_of(key: DerivationKey, token: str) -> UUID | None:
    """The session of a refresh token that is one of ours, whichever of its generations; None for a made-up one."""
    try:
        session_id, _ = read_refresh_token(key, token)
    except SessionOver:
        return None
    return session_id


async def _noted(
    uow: Uow, checked: Checked, device: bytes, client: Client, better: str | None, *, at: datetime
) -> Checked:
    """Note that the device was used, and the better hash of the password; what is to be checked from then on."""
    async with uow:
        user = await accepted(uow, checked)
        if user.suspended_at is None:
            user.password_hash = better or user.password_hash
            await uow.devices.remember(device, user.id, client=client, at=at)
    return replace(checked, password_hash=user.password_hash)


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
