"""The keys that access tokens are signed with: how the first one comes, how the next ones take over, how they go."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.auth.domain.access_tokens import LIFETIME
from services.auth.domain.audit import AuditEntry, AuditTrail
from shared.errors import Conflict
from shared.uow import UnitOfWork

logger = logging.getLogger(__name__)

# After the last token of a key has expired: the leeway of those who check it, and clocks that do not agree.
MARGIN = timedelta(seconds=30)


class RotationUnderWay(Conflict):
    """The key of the last rotation does not sign yet."""

    slug = "rotation-under-way"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "The newest signing key does not sign yet. Wait for it, or replace every key at once.",
            retry_after=retry_after,
        )


@dataclass(kw_only=True, eq=False)
class SigningKey:
    """A key pair under its id. It is published from the beginning until it retires, and signs from `signs_from` on.

    `sealed` is the private key as only those can read it who have the secret `auth-token-key`.
    """

    kid: str
    sealed: bytes = field(repr=False)
    created_at: datetime
    signs_from: datetime
    retires_at: datetime | None = None

    def is_published(self, *, at: datetime) -> bool:
        """Whether tokens are checked with it."""
        return self.retires_at is None or at < self.retires_at

    def retire_after(self, successor: "SigningKey") -> None:
        """Stay only until the last token that this key signs before its successor takes over has expired."""
        self.retires_at = self.retires_at or successor.signs_from + LIFETIME + MARGIN


def signer(keys: Iterable[SigningKey], *, at: datetime) -> SigningKey | None:
    """Which key signs: of those that do already, the one that began last."""
    signing = (key for key in keys if key.signs_from <= at and key.is_published(at=at))
    return max(signing, key=lambda key: (key.signs_from, key.kid), default=None)


class Seal(Protocol):
    """Makes key pairs, and opens what was sealed under the secret of this platform."""

    def make(self) -> tuple[str, bytes]:
        """A new key's id and its sealed private part."""
        ...

    def opens(self, key: SigningKey) -> bool:
        """Whether it was sealed under our secret, and was not changed since."""
        ...


class SigningKeys(Protocol):
    """The keys there are."""

    async def all_locked(self) -> Sequence[SigningKey]:
        """Every key; nobody else adds, changes or removes one during this transaction."""
        ...

    def add(self, key: SigningKey) -> None:
        """Keep a new key."""
        ...

    async def remove(self, key: SigningKey) -> None:
        """Forget a key."""
        ...


class Uow(UnitOfWork, Protocol):
    signing_keys: SigningKeys
    audit: AuditTrail


@dataclass(frozen=True, kw_only=True)
class Order:
    """Who wants the keys to change, why, whether at once, and else how long the new one is published before it signs."""

    by: UUID
    reason: str
    at_once: bool
    wait: timedelta


async def ensure_signing_key(uow: Uow, *, seal: Seal, at: datetime) -> None:
    """Make the first key. Of replicas that start together one does; a platform that has one is left alone.

    Keys that our secret does not open (it was lost) sign nothing: then a first key is made again.
    """
    async with uow:
        keys = await uow.signing_keys.all_locked()
        if any(key.retires_at is None and seal.opens(key) for key in keys):
            return
        first = _made(seal, at=at, signs_from=at)
        for key in keys:
            key.retire_after(first)
        uow.signing_keys.add(first)
    logger.info("signing key %s was made: there was none", first.kid)


async def rotate(uow: Uow, order: Order, *, seal: Seal, at: datetime) -> list[SigningKey]:
    """Let a new key take over; the keys afterwards, newest first. RotationUnderWay when the last new one does not sign yet.

    The new key signs when everybody who checks tokens has had `order.wait` to learn it; the others stay until their last
    token has expired. At once: it signs from now on, the others are gone, and so is the worth of every token they signed.
    """
    async with uow:
        keys = list(await uow.signing_keys.all_locked())
        waiting = max((key.signs_from - at for key in keys), default=timedelta())
        if waiting > timedelta() and not order.at_once:
            raise RotationUnderWay(int(waiting.total_seconds()) + 1)
        new = _made(seal, at=at, signs_from=at if order.at_once else at + order.wait)
        uow.signing_keys.add(new)
        for key in keys:
            if order.at_once:
                await uow.signing_keys.remove(key)
            else:
                key.retire_after(new)
        details = {"kid": new.kid, "at_once": order.at_once, "former": [key.kid for key in keys]}
        uow.audit.add(
            AuditEntry(
                at=at,
                actor=order.by,
                action="signing-keys-rotated",
                user_id=order.by,  # it concerns nobody but who did it
                reason=order.reason,
                details=details,
            )
        )
    logger.warning("signing key %s was made by an admin and signs from %s on", new.kid, new.signs_from)
    kept = [] if order.at_once else keys
    return [new, *sorted(kept, key=lambda key: key.signs_from, reverse=True)]


async def forget_retired(uow: Uow, *, at: datetime) -> None:
    """Remove the keys whose last token has expired."""
    async with uow:
        for key in await uow.signing_keys.all_locked():
            if not key.is_published(at=at):
                await uow.signing_keys.remove(key)
                logger.info("signing key %s has retired and is forgotten", key.kid)


def _made(seal: Seal, *, at: datetime, signs_from: datetime) -> SigningKey:
    kid, sealed = seal.make()
    return SigningKey(kid=kid, sealed=sealed, created_at=at, signs_from=signs_from)
