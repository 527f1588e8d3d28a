"""Links in mails that work once: made for the mail that carries them, opened by whoever the mail reached."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from services.auth.domain import users
from services.auth.domain.derivation import DerivationKey, digest_of, text_of
from services.auth.domain.users import User
from shared.errors import NotFound

Purpose = Literal["verify-email", "reset-password"]

LIFETIMES: dict[Purpose, timedelta] = {"verify-email": timedelta(days=3), "reset-password": timedelta(hours=1)}
LONGEST_LIFETIME = max(LIFETIMES.values())
LONGEST_TOKEN = 100


class LinkNotValid(NotFound):
    """The link is unknown, incomplete or has expired."""

    slug = "link-not-valid"

    def __init__(self) -> None:
        super().__init__("This link is not complete or no longer valid. Open the newest mail and use the whole link.")


class UserUnknown(NotFound):
    """Nobody by this id: never registered, or erased since."""

    slug = "user-unknown"

    def __init__(self) -> None:
        super().__init__("There is no user with this id. Do not ask again.")


@dataclass(kw_only=True, eq=False)
class OneTimeToken:
    """What is remembered of a link: the digest of its token, whom it is for and until when."""

    hash: bytes = field(repr=False)
    user_id: UUID
    purpose: Purpose
    expires_at: datetime
    used_at: datetime | None = None

    def is_usable(self, *, at: datetime) -> bool:
        """Whether it was neither used nor has expired."""
        return self.used_at is None and at < self.expires_at

    def use(self, *, at: datetime) -> None:
        """Use it. Using it again changes nothing: people click twice. LinkNotValid once it has expired unused."""
        if self.used_at is None:
            if at >= self.expires_at:
                raise LinkNotValid
            self.used_at = at


class OneTimeTokens(Protocol):
    """The links there are."""

    async def keep(self, token: OneTimeToken) -> None:
        """Keep a new one; one that was kept before and not used gets the new expiry."""
        ...

    async def get_locked(self, digest: bytes, *, purpose: Purpose) -> OneTimeToken | None:
        """The one with this digest, locked for this transaction."""
        ...

    async def spend_all(self, user_id: UUID, *, purpose: Purpose, at: datetime) -> None:
        """Note of every unused one of a person that it was used."""
        ...

    async def forget_expired(self, at: datetime) -> None:
        """Drop those that expired before `at`, used or not."""
        ...


class Uow(users.Uow, Protocol):
    one_time_tokens: OneTimeTokens


@dataclass(frozen=True, kw_only=True)
class MailRequest:
    """Which mail is about to leave, to whom, and what kind of link it is to carry."""

    user_id: UUID
    message_id: str
    link: Purpose | None


@dataclass(frozen=True, kw_only=True)
class MailRecipient:
    """Where the mail goes, how its reader likes it, and the token of its link."""

    user: User
    token: str | None = field(repr=False)


async def address_mail(uow: Uow, request: MailRequest, *, key: DerivationKey, at: datetime) -> MailRecipient:
    """Whom a mail goes to, and its link's token: the same one every time it is asked for. UserUnknown for nobody."""
    token = None
    async with uow:
        if (user := await uow.users.get(request.user_id)) is None:
            raise UserUnknown
        if request.link is not None:
            token = text_of(key.derive(request.link, user.id, request.message_id))
            ends = at + LIFETIMES[request.link]
            # One that was asked for before the password of now is given, but opens nothing.
            spent = at if request.link == "reset-password" and not user.awaits_reset() else None
            kept = OneTimeToken(
                hash=digest_of(token), user_id=user.id, purpose=request.link, expires_at=ends, used_at=spent
            )
            await uow.one_time_tokens.keep(kept)
    return MailRecipient(user=user, token=token)


async def verify_email(uow: Uow, *, token: str, at: datetime) -> None:
    """Note that mail reaches the person whose link this is. LinkNotValid for a link that is none, or too old."""
    if not token.isascii():
        raise LinkNotValid
    async with uow:
        found = await uow.one_time_tokens.get_locked(digest_of(token), purpose="verify-email")
        user = await uow.users.get_locked(found.user_id) if found else None
        if found is None or user is None:
            raise LinkNotValid
        found.use(at=at)
        if verified := user.verify_email(at=at):
            uow.act_as(user.id)
            uow.emit(verified)


async def forget_expired_links(uow: Uow, *, at: datetime) -> None:
    """Drop links that expired long enough ago for nobody to click them again."""
    async with uow:
        await uow.one_time_tokens.forget_expired(at - LONGEST_LIFETIME)
