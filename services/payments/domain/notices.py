"""The provider's notices are hints: each is remembered once and marks its customer as stale; what changed, a refresh asks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.payments.domain.provider import Notice
from shared.uow import UnitOfWork


class Notices(Protocol):
    async def remember(self, notices: Collection[Notice], *, at: datetime) -> Sequence[Notice]:
        """Remember these; returns those that were new."""
        ...

    async def forget(self, *, before: datetime) -> None:
        """Forget what was remembered before a time at which the provider repeats nothing any more."""
        ...


class StaleMarks(Protocol):
    async def mark(self, customer_ids: Collection[str], *, at: datetime, traceparent: str | None) -> None:
        """What we know of these customers is out of date, from now on."""
        ...


class Uow(UnitOfWork, Protocol):
    notices: Notices
    stale_marks: StaleMarks


async def take_notices(uow: Uow, *, notices: Collection[Notice], at: datetime, traceparent: str | None) -> int:
    """Remember notices and mark whom they are about; returns how many were new. A repetition changes nothing."""
    async with uow:
        new = await uow.notices.remember(notices, at=at)
        customers = {notice.customer_id for notice in new if notice.customer_id is not None}
        if customers:
            await uow.stale_marks.mark(customers, at=at, traceparent=traceparent)
    return len(new)
