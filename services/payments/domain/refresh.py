"""Customers whose state at the provider may be newer than ours are asked for, outside any transaction, and followed.

Two refreshes of one customer may overlap: only the one whose lease still stands may write, so an older answer never
replaces a newer one. A mark that grew meanwhile stays, and is refreshed again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol
from uuid import UUID

from services.payments.domain.provider import CustomerSnapshot, PaymentProvider, ProviderAway
from services.payments.domain.settlement import Books, settle
from shared.lease import LEASE, LeaseLost, kept
from shared.uow import UnitOfWork

logger = logging.getLogger(__name__)

LONGEST_PAUSE: Final = timedelta(minutes=5)
AT_ONCE: Final = 4
MOST_TRIES: Final = 100  # counted no further


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A lease on a stale customer. `generation` is how much had been heard when it was given."""

    customer_id: str
    generation: int
    lease: UUID
    traceparent: str | None
    user_id: UUID | None


@dataclass(kw_only=True, eq=False)
class StaleCustomer:
    """A mark: it is due at `due_at`, which while it is leased is when the lease runs out."""

    customer_id: str
    generation: int
    due_at: datetime
    tries: int = 0
    lease: UUID | None = None
    traceparent: str | None = None

    def lend(self, lease: UUID, *, until: datetime) -> None:
        """Give it to one refresh."""
        self.lease, self.due_at, self.tries = lease, until, min(self.tries + 1, MOST_TRIES)

    def keep(self, *, until: datetime) -> None:
        """Leave it with its refresh, which is still at work."""
        self.due_at = until

    def postpone(self, *, at: datetime) -> None:
        """The refresh came to nothing: try again, each time later."""
        self.lease = None
        self.due_at = at + min(timedelta(seconds=2 ** min(self.tries, 10)), LONGEST_PAUSE)

    def repeat(self, *, at: datetime) -> None:
        """More was heard during the refresh: refresh again, now."""
        self.lease, self.due_at, self.tries = None, at, 0


class StaleCustomers(Protocol):
    async def due(self, *, at: datetime, limit: int) -> Sequence[StaleCustomer]:
        """Marks that are due and that nobody else is looking at, locked, the longest waiting first."""
        ...

    async def lock(self, customer_id: str) -> StaleCustomer | None: ...

    async def remove(self, customer: StaleCustomer) -> None: ...


class Uow(UnitOfWork, Books, Protocol):
    stale: StaleCustomers


async def lease_stale(uow: Uow, *, lease: UUID, at: datetime, until: datetime, limit: int) -> list[Errand]:
    """Lease the customers that are due, at most `limit` of them."""
    errands = []
    async with uow:
        for stale in await uow.stale.due(at=at, limit=limit):
            stale.lend(lease, until=until)
            known = await uow.customers.find(stale.customer_id)
            errands.append(
                Errand(
                    customer_id=stale.customer_id,
                    generation=stale.generation,
                    lease=lease,
                    traceparent=stale.traceparent,
                    user_id=known.user_id if known else None,
                )
            )
    return errands


async def follow_customer(
    uow: Uow, *, errand: Errand, snapshot: CustomerSnapshot | None, at: datetime, new_id: Callable[[], UUID]
) -> bool:
    """Follow what the provider holds of the customer and end the mark. False, and nothing, if the lease was lost."""
    async with uow:
        stale = await _held(uow, errand)
        if stale is None:
            return False
        user_id = errand.user_id or (snapshot.user_id if snapshot else None)
        if snapshot is None or user_id is None:
            logger.warning("customer %s is none of ours: left alone", errand.customer_id)
        else:
            await settle(uow, user_id=user_id, snapshot=snapshot, at=at, new_id=new_id)
        if stale.generation == errand.generation:
            await uow.stale.remove(stale)
        else:
            stale.repeat(at=at)
    return True


async def postpone_refresh(uow: Uow, *, errand: Errand, at: datetime) -> None:
    """Give the lease back, if it still stands; the customer is due again later."""
    async with uow:
        if stale := await _held(uow, errand):
            stale.postpone(at=at)


async def keep_errand(uow: Uow, *, errand: Errand, until: datetime) -> bool:
    """Lengthen the lease to `until`. False, and nothing, if it was lost."""
    async with uow:
        if stale := await _held(uow, errand):
            stale.keep(until=until)
    return stale is not None


async def _held(uow: Uow, errand: Errand) -> StaleCustomer | None:
    stale = await uow.stale.lock(errand.customer_id)
    return stale if stale is not None and stale.lease == errand.lease else None


@dataclass(frozen=True, kw_only=True)
class Refresher:
    """Runs errands. `uow(actor=...)` makes units of work; `traced(errand)` continues the trace that led to one."""

    uow: Callable[..., Uow]
    provider: PaymentProvider
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    traced: Callable[[Errand], AbstractContextManager[object]]

    async def refresh_due(self) -> None:
        """Refresh until no customer is due. Raises only what leasing and giving back raise."""
        while errands := await self._lease():
            async with asyncio.TaskGroup() as group:
                for errand in errands:
                    group.create_task(self._run(errand))

    async def _lease(self) -> list[Errand]:
        at, uow = self.now(), self.uow(actor=None)
        return await lease_stale(uow, lease=self.new_id(), at=at, until=at + LEASE, limit=AT_ONCE)

    async def _run(self, errand: Errand) -> None:
        with self.traced(errand):
            try:
                await self._refresh(errand)
            except LeaseLost:
                logger.info("a refresh of customer %s lost its lease and was left to another", errand.customer_id)
            except ProviderAway as error:
                logger.warning("customer %s is refreshed later: %s", errand.customer_id, error)
                await postpone_refresh(self.uow(actor=None), errand=errand, at=self.now())
            except Exception:
                logger.exception("refreshing customer %s failed; it is tried again", errand.customer_id)
                await postpone_refresh(self.uow(actor=None), errand=errand, at=self.now())

    async def _refresh(self, errand: Errand) -> None:
        async with kept(partial(self._keep, errand)):
            snapshot = await self.provider.customer(errand.customer_id)
        actor = errand.user_id or (snapshot.user_id if snapshot else None)
        uow = self.uow(actor=actor)
        if not await follow_customer(uow, errand=errand, snapshot=snapshot, at=self.now(), new_id=self.new_id):
            raise LeaseLost

    async def _keep(self, errand: Errand) -> bool:
        return await keep_errand(self.uow(actor=None), errand=errand, until=self.now() + LEASE)
