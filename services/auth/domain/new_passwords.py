"""Another password: for who knows the present one, and for who can read the account's mail."""

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from services.auth.domain import links, sign_in
from services.auth.domain.derivation import digest_of
from services.auth.domain.failures import account_digest
from services.auth.domain.links import LinkNotValid
from services.auth.domain.sessions import end_all
from services.auth.domain.sign_in import Claim, Gate, SignInRefused, accepted, check_password, not_tried
from services.auth.domain.users import Admission, User, UserGone
from shared.errors import Invalid, Unavailable


class CurrentPasswordWrong(Invalid):
    """Who wants another password must give the present one."""

    slug = "current-password-wrong"

    def __init__(self) -> None:
        super().__init__("This is not your present password.", field="body.current_password")


class Uow(links.Uow, sign_in.Uow, Protocol):
    """People, their links, sessions and failures."""


async def request_reset(uow: Uow, *, email: str | None, at: datetime) -> None:
    """Have a link mailed to whoever has this address; nobody learns whether anybody does. None has no account."""
    async with uow:
        user = await uow.users.by_email_locked(email or "")
        if user and (requested := user.ask_for_reset(at=at)):
            uow.emit(requested)  # who asks is not known: nobody acts


async def reset_password(
    uow: Uow, *, token: str, password: str, admission: Admission, gate: Gate, at: datetime
) -> None:
    """Give the account of a mailed link a new password, and end all its sessions. The link works once.

    LinkNotValid, PasswordRefused, Unavailable when too many passwords wait to be hashed.
    """
    async with uow:
        user = await _owner(uow, token, at=at)
    admission.rules.check(password, email=user.email)
    hashed = await admission.hasher.hash(password)
    async with uow:
        # The person first, like everybody who ends sessions: two links of one person used at once then wait in line.
        await uow.users.get_locked(user.id)
        user = await _owner(uow, token, at=at)
        await uow.failures.forgive(account_digest(gate.key, user.email))
        uow.act_as(user.id)
        if verified := user.verify_email(at=at):
            uow.emit(verified)  # the link reached them
        await _replace(uow, user, hashed, "reset", at=at)


async def _owner(uow: Uow, token: str, *, at: datetime) -> User:
    if not token.isascii():
        raise LinkNotValid
    found = await uow.one_time_tokens.get_locked(digest_of(token), purpose="reset-password")
    if found is None or not found.is_usable(at=at):
        raise LinkNotValid
    user = await uow.users.get(found.user_id)
    if user is None:
        raise LinkNotValid
    return user


async def change_password(
    uow: Uow, claim: Claim, password: str, *, admission: Admission, gate: Gate, at: datetime
) -> None:
    """Take another password instead of the claimed one, and end every session: the caller, too, signs in again.

    CurrentPasswordWrong, counted like a failed sign-in; TooManyFailures; PasswordRefused; Unavailable.
    """
    admission.rules.check(password, email=claim.email or "")
    try:
        checked = await check_password(uow, claim, gate=gate, at=at)
        try:
            hashed = await admission.hasher.hash(password)
        except Unavailable:
            await not_tried(uow, checked.counters, at=at)
            raise
        async with uow:
            user = await accepted(uow, checked)
            uow.act_as(user.id)
            await _replace(uow, user, hashed, "changed", at=at)
    except SignInRefused:
        raise CurrentPasswordWrong from None


async def _replace(uow: Uow, user: User, hashed: str, how: Literal["changed", "reset"], *, at: datetime) -> None:
    """What every new password brings: no link and no session of before is good any more."""
    uow.emit(user.change_password(hashed, how, at=at))
    await uow.one_time_tokens.spend_all(user.id, purpose="reset-password", at=at)
    await end_all(uow, user.id, "password-changed", at=at)


async def address_of(uow: Uow, user_id: UUID) -> str:
    """The address of somebody signed in. UserGone."""
    async with uow:
        user = await uow.users.get(user_id)
    if user is None:
        raise UserGone
    return user.email
