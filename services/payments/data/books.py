"""Rows of what was bought and what it opens: subscriptions, payments, entitlements."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.domain.entitlements import Entitlement
from services.payments.domain.payments import Payment
from services.payments.domain.subscriptions import Subscription
from shared.db import payments as tables


class SqlSubscriptions:
    """See Subscriptions."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, subscription: Subscription) -> None:
        """Insert at once: payments refer to the row, and the mapper does not know that."""
        self._session.add(subscription)
        await self._session.flush()

    async def of_customer(self, customer_id: str) -> Sequence[Subscription]:
        """All that were ever seen of a customer."""
        table = tables.subscription
        return (await self._session.scalars(select(Subscription).where(table.c.customer_id == customer_id))).all()

    async def of_user(self, user_id: UUID) -> Sequence[Subscription]:
        """All that a person ever had."""
        return (await self._session.scalars(select(Subscription).where(tables.subscription.c.user_id == user_id))).all()


class SqlPayments:
    """See Payments."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, payment: Payment) -> None:
        """A second payment of one invoice fails at the flush."""
        self._session.add(payment)

    async def known_invoices(self, invoice_ids: Collection[str]) -> set[str]:
        """Those that have a payment."""
        column = tables.payment.c.invoice_id
        return set(await self._session.scalars(select(column).where(column.in_(invoice_ids))))


class SqlEntitlements:
    """See Entitlements."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, user_id: UUID) -> Entitlement:
        """The row, or the free tier that no row stands for."""
        return await self._session.get(Entitlement, user_id) or Entitlement(user_id=user_id)

    async def lock(self, user_id: UUID) -> Entitlement:
        """The row, made if need be: a row that is not there cannot be locked."""
        row = insert(tables.entitlement).values(user_id=user_id, tier="free")
        await self._session.execute(row.on_conflict_do_nothing())
        mine = select(Entitlement).where(tables.entitlement.c.user_id == user_id)
        return (await self._session.scalars(mine.with_for_update())).one()
