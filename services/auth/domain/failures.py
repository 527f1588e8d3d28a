"""Failed sign-ins: after ten within an hour an address must wait."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from shared.errors import TooManyRequests

MOST_FAILURES = 10
WINDOW = timedelta(hours=1)


class TooManyFailures(TooManyRequests):
    """Too many sign-ins with this address failed."""

    slug = "too-many-failed-sign-ins"

    def __init__(self, wait: timedelta) -> None:
        seconds = max(1, math.ceil(wait.total_seconds()))
        minutes = math.ceil(seconds / 60)
        super().__init__(
            f"Too many sign-ins with this address failed. Try again in {minutes} min.", retry_after=seconds
        )


@dataclass(kw_only=True, eq=False)
class Failures:
    """The failed sign-ins of one address, oldest first. `address` is a digest that only auth's key makes.

    An address without an account is counted as one with: being refused must not tell them apart.
    """

    address: bytes = field(repr=False)
    failed_at: list[datetime]
    last_at: datetime

    def admit(self, *, at: datetime) -> None:
        """Let a sign-in be tried, counted as failed until it succeeds, so that many at once are no way round the limit.

        TooManyFailures when ten failed within the hour.
        """
        recent = [failed for failed in self.failed_at if at - failed < WINDOW]
        if len(recent) >= MOST_FAILURES:
            raise TooManyFailures(WINDOW - (at - recent[-MOST_FAILURES]))
        self.failed_at = [*recent, at]
        self.last_at = at

    def withdraw(self, *, at: datetime) -> None:
        """The sign-in admitted `at` was not tried after all."""
        kept = list(self.failed_at)
        if at in kept:
            kept.remove(at)
        self.failed_at = kept

    def forgive(self) -> None:
        """The right password was given."""
        self.failed_at = []


class AllFailures(Protocol):
    """The failures of every address."""

    async def locked(self, address: bytes, *, at: datetime) -> Failures:
        """Those of one address, none if it is new, locked for this transaction."""
        ...

    async def forget_before(self, at: datetime) -> None:
        """Drop addresses whose last failure is older."""
        ...
