"""Rows of those who buy: verified people, customers, checkouts."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.domain.checkouts import Checkout, NoCheckout
from services.payments.domain.customers import Customer
from shared.db import payments as tables


class SqlPeople:
    """See VerifiedPeople."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user_id: UUID, *, at: datetime) -> None:
        """Add somebody; whoever is there stays as they are."""
        row = insert(tables.verified_person).values(user_id=user_id, verified_at=at)
        await self._session.execute(row.on_conflict_do_nothing())

    async def has(self, user_id: UUID) -> bool:
        """Whether the person is verified."""
        column = tables.verified_person.c.user_id
        return (await self._session.execute(select(column).where(column == user_id))).first() is not None


class SqlCustomers:
    """See Customers."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, customer: Customer) -> Customer:
        """Insert if the person has none, then read whoever won."""
        row = insert(tables.customer).values(dataclasses.asdict(customer))
        await self._session.execute(row.on_conflict_do_nothing())
        return (
            await self._session.scalars(select(Customer).where(tables.customer.c.user_id == customer.user_id))
        ).one()

    async def of(self, user_id: UUID) -> Customer | None:
        """The person's customer."""
        found = select(Customer).where(tables.customer.c.user_id == user_id)
        return (await self._session.scalars(found)).one_or_none()

    async def find(self, customer_id: str) -> Customer | None:
        """By the provider's id."""
        return await self._session.get(Customer, customer_id)


class SqlCheckouts:
    """See Checkouts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, checkout: Checkout) -> Checkout:
        """Insert unless the key is taken, then lock the key's row."""
        table = tables.checkout
        row = insert(table).values(dataclasses.asdict(checkout))
        await self._session.execute(row.on_conflict_do_nothing(index_elements=["user_id", "idempotency_key"]))
        mine = select(Checkout).where(
            table.c.user_id == checkout.user_id, table.c.idempotency_key == checkout.idempotency_key
        )
        return (await self._session.scalars(mine.with_for_update())).one()

    async def lock(self, checkout_id: UUID) -> Checkout:
        """NoCheckout if there is none."""
        checkout = await self._session.get(Checkout, checkout_id, with_for_update=True)
        if checkout is None:
            raise NoCheckout(f"There is no checkout {checkout_id}.")
        return checkout

    async def find(self, checkout_id: UUID, *, user_id: UUID) -> Checkout | None:
        """The person's own, locked."""
        mine = select(Checkout).where(tables.checkout.c.id == checkout_id, tables.checkout.c.user_id == user_id)
        return (await self._session.scalars(mine.with_for_update())).one_or_none()

    async def unfinished(self, user_id: UUID, *, at: datetime) -> Sequence[Checkout]:
        """By age: every request locks them in one order."""
        table = tables.checkout.c
        is_open = and_(table.expires_at > at, table.completed_at.is_(None), table.closed_at.is_(None))
        theirs = select(Checkout).where(table.user_id == user_id, or_(is_open, table.lease.is_not(None)))
        return (await self._session.scalars(theirs.order_by(table.id).with_for_update())).all()
