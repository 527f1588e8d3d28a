"""Failed sign-ins: who fails too often must wait, and what strangers fail keeps nobody out of a device of theirs."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, Self
from uuid import UUID

from services.auth.domain.derivation import DerivationKey, digest_of
from services.auth.domain.sessions import Client
from shared.errors import TooManyRequests

WINDOW = timedelta(hours=1)
MOST_FAILURES = 10  # an hour: of one account from all devices that it does not know, and of each device that it knows
MOST_FROM_A_CLIENT = 100  # an hour, of whatever accounts, from one network address
FREE_FROM_A_CLIENT = 20  # of these make nobody wait; then a second, and twice as long after every ten more
MOST_DEVICES = 20  # of each kind that an account knows: those used last
DEVICE_LIFETIME = timedelta(days=365)  # since it was used last
DEVICE_NOTED = timedelta(days=1)  # its use is written down no more often
MINUTE = 60


class TooManyFailures(TooManyRequests):
    """Too many sign-ins failed."""

    slug = "too-many-failed-sign-ins"

    def __init__(self, wait: timedelta) -> None:
        seconds = max(1, math.ceil(wait.total_seconds()))
        when = f"{seconds} s" if seconds < MINUTE else f"{math.ceil(seconds / 60)} min"
        super().__init__(f"Too many sign-ins failed. Try again in {when}.", retry_after=seconds)


@dataclass(kw_only=True, eq=False)
class Failures:
    """The failed sign-ins under one digest, oldest first: of an account, a known device or a network address.

    `address` is a digest that only auth's key makes. An address without an account is counted as one with: being
    refused must not tell them apart.
    """

    address: bytes = field(repr=False)
    failed_at: list[datetime]
    last_at: datetime

    @classmethod
    def first(cls, address: bytes, *, at: datetime) -> Self:
        """One, where nothing has failed."""
        return cls(address=address, failed_at=[at], last_at=at)

    def admit(self, *, at: datetime) -> None:
        """Let a sign-in be tried, counted as failed until it succeeds, so that many at once are no way round the limit.

        TooManyFailures when ten failed within the hour.
        """
        recent = self._recent(at)
        if len(recent) >= MOST_FAILURES:
            raise TooManyFailures(WINDOW - (at - recent[-MOST_FAILURES]))
        self.count(at=at)

    def withdraw(self, *, at: datetime) -> None:
        """The sign-in admitted `at` was not tried after all."""
        kept = list(self.failed_at)
        if at in kept:
            kept.remove(at)
        self.failed_at = kept

    def count(self, *, at: datetime) -> None:
        """One more failed."""
        self.failed_at = [*self._recent(at), at]
        self.last_at = at

    def delay(self, *, at: datetime) -> None:
        """For a network address: TooManyFailures when the next try comes too soon, the later the more have failed."""
        recent = self._recent(at)
        wait = timedelta()
        if len(recent) >= MOST_FROM_A_CLIENT:
            wait = WINDOW - (at - recent[-MOST_FROM_A_CLIENT])
        elif len(recent) >= FREE_FROM_A_CLIENT:
            pause = timedelta(seconds=2 ** ((len(recent) - FREE_FROM_A_CLIENT) // 10))
            wait = pause - (at - recent[-1])
        if wait > timedelta():
            raise TooManyFailures(wait)

    def _recent(self, at: datetime) -> list[datetime]:
        return [failed for failed in self.failed_at if at - failed < WINDOW]


class AllFailures(Protocol):
    """The failures that are remembered."""

    async def locked(self, address: bytes, *, at: datetime) -> Failures:
        """Those under one digest, none if it is new, locked for this transaction."""
        ...

    async def forgive(self, address: bytes) -> None:
        """Forget those under one digest: the right password was given."""
        ...

    async def forget_before(self, at: datetime) -> None:
        """Drop what failed last before `at`."""
        ...


class KnownDevices(Protocol):
    """The devices that people signed in from, each by the SHA-256 of its token."""

    async def remember(self, digest: bytes, user_id: UUID, *, client: Client, at: datetime) -> None:
        """The account was used from this device; of too many of its kind, forget those that were used longest ago.

        A program that signs in anew each time must not make its owner's browser unknown.
        """
        ...

    async def forget_before(self, at: datetime) -> None:
        """Drop devices used last before `at`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a try comes from: the client's network, None when that tells nothing, and its device's token, if it has one."""

    network: str | None = None
    device_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Counters:
    """Under which digests a try is counted: the account's or its known device's own, and the network's, if any."""

    own: bytes = field(repr=False)
    network: bytes | None = field(default=None, repr=False)


def counters(key: DerivationKey, email: str, origin: Origin, *, known: bool) -> Counters:
    """Where a try counts. From a device that the account knows it counts there alone: strangers cannot raise it."""
    if known and origin.device_token:
        return Counters(own=key.derive("device-failures", digest_of(origin.device_token).hex(), email.lower()))
    network = key.derive("network-failures", origin.network) if origin.network else None
    return Counters(own=account_digest(key, email), network=network)


def account_digest(key: DerivationKey, email: str) -> bytes:
    """Under which digest an account's failures from unknown devices are counted; letter case is no way round."""
    return key.derive("sign-in-failures", email.lower())
