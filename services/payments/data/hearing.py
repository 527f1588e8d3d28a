"""Rows of what was heard from the provider: notices, stale customers, the sweep."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.domain.provider import Notice
from services.payments.domain.refresh import StaleCustomer
from services.payments.domain.sweep import Sweep
from shared.db import payments as tables


class SqlNotices:
    """See Notices."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def remember(self, notices: Collection[Notice], *, at: datetime) -> Sequence[Notice]:
        """Insert, in one order so that two of these never wait for each other crosswise; what conflicts was known."""
        rows = [
            {
                "event_id": notice.event_id,
                "type": notice.type,
                "customer_id": notice.customer_id,
                "created_at": notice.created_at,
                "noted_at": at,
            }
            for notice in sorted(notices, key=lambda one: one.event_id)
        ]
        table = tables.stripe_event
        added = insert(table).values(rows).on_conflict_do_nothing().returning(table.c.event_id)
        new = set(await self._session.scalars(added))
        return [notice for notice in notices if notice.event_id in new]

    async def forget(self, *, before: datetime) -> None:
        """Delete what was noted before."""
        await self._session.execute(delete(tables.stripe_event).where(tables.stripe_event.c.noted_at < before))


class SqlStaleMarks:
    """See StaleMarks."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def mark(self, customer_ids: Collection[str], *, at: datetime, traceparent: str | None) -> None:
        """A mark that is there grows. It is due at once, for the provider that speaks is back, unless a refresh has it."""
        table = tables.stripe_dirty
        fresh = {"generation": 1, "due_at": at, "tries": 0, "traceparent": traceparent}
        rows = insert(table).values([{"customer_id": one, **fresh} for one in sorted(customer_ids)])
        grown = {
            "generation": table.c.generation + 1,
            "due_at": case(
                (table.c.lease.is_(None), func.least(table.c.due_at, rows.excluded.due_at)), else_=table.c.due_at
            ),
            "traceparent": func.coalesce(rows.excluded.traceparent, table.c.traceparent),
        }
        await self._session.execute(rows.on_conflict_do_update(index_elements=["customer_id"], set_=grown))


class SqlStaleCustomers:
    """See StaleCustomers."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due(self, *, at: datetime, limit: int) -> Sequence[StaleCustomer]:
        """Locked, without waiting for other replicas' locks."""
        table = tables.stripe_dirty
        waiting = select(StaleCustomer).where(table.c.due_at <= at).order_by(table.c.due_at).limit(limit)
        return (await self._session.scalars(waiting.with_for_update(skip_locked=True))).all()

    async def lock(self, customer_id: str) -> StaleCustomer | None:
        """The mark, if there is one."""
        return await self._session.get(StaleCustomer, customer_id, with_for_update=True)

    async def remove(self, customer: StaleCustomer) -> None:
        """End the mark."""
        await self._session.delete(customer)


class SqlSweeps:
    """See Sweeps."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, *, start: datetime) -> Sweep:
        """The one row, made if need be."""
        row = insert(tables.stripe_sweep).values(one=True, swept_to=start, due_at=start)
        await self._session.execute(row.on_conflict_do_nothing())
        return (await self._session.scalars(select(Sweep).with_for_update())).one()
