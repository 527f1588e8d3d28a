"""The provider's own list of notices is read over and over, each time a stretch that overlaps the one before:
a notice that was never delivered is found all the same.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from services.payments.domain import notices
from services.payments.domain.notices import take_notices
from services.payments.domain.provider import Notice, PaymentProvider

logger = logging.getLogger(__name__)

PROVIDER_REMEMBERS: Final = timedelta(days=30)
WE_REMEMBER: Final = timedelta(days=35)  # longer than the provider, or an old notice would be new once more
BATCH: Final = 100


@dataclass(kw_only=True, eq=False)
class Sweep:
    """Everything made before `swept_to` has been looked at; the next sweep is due at `due_at`, on whichever replica."""

    swept_to: datetime
    due_at: datetime
    one: bool = True


class Sweeps(Protocol):
    async def lock(self, *, start: datetime) -> Sweep:
        """The one sweep there is, made as due at `start` the first time."""
        ...


class Uow(notices.Uow, Protocol):
    sweeps: Sweeps


async def claim_sweep(uow: Uow, *, at: datetime, every: timedelta) -> datetime | None:
    """Up to where the last sweep came, if one is due; nobody else then sweeps for `every`. None if none is due."""
    async with uow:
        sweep = await uow.sweeps.lock(start=at)
        if sweep.due_at > at:
            return None
        sweep.due_at = at + every
        return sweep.swept_to


async def finish_sweep(uow: Uow, *, to: datetime) -> None:
    """Everything made before `to` has been looked at."""
    async with uow:
        sweep = await uow.sweeps.lock(start=to)
        sweep.swept_to = max(sweep.swept_to, to)
        await uow.notices.forget(before=to - WE_REMEMBER)


@dataclass(frozen=True, kw_only=True)
class Sweeper:
    """Sweeps every `every`, reading again what is younger than `overlap` before the last sweep. `found()` is told of news."""

    uow: Callable[..., Uow]
    provider: PaymentProvider
    now: Callable[[], datetime]
    every: timedelta
    overlap: timedelta
    found: Callable[[], None]

    async def sweep_if_due(self) -> int:
        """How many notices had never been delivered. ProviderAway: the next sweep reads this stretch again."""
        started = self.now()
        swept_to = await claim_sweep(self.uow(actor=None), at=started, every=self.every)
        if swept_to is None:
            return 0
        since = max(swept_to - self.overlap, started - PROVIDER_REMEMBERS)
        missed, batch = 0, list[Notice]()
        async for notice in self.provider.notices(since=since):
            batch.append(notice)
            if len(batch) == BATCH:
                missed += await self._take(batch)
                batch = []
        missed += await self._take(batch)
        await finish_sweep(self.uow(actor=None), to=started)
        return missed

    async def _take(self, batch: Sequence[Notice]) -> int:
        if not batch:
            return 0
        missed = await take_notices(self.uow(actor=None), notices=batch, at=self.now(), traceparent=None)
        if missed:
            logger.info("the sweep found %d notices of the provider's before they were delivered", missed)
            self.found()
        return missed
