"""What people see, one select each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, literal, select

from services.payments.domain.reads import CheckoutView, EntitlementView, SubscriptionView
from shared.db import payments as tables
from shared.db.database import Database


class SqlReads:
    """See Reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def checkout(self, checkout_id: UUID, *, user_id: UUID, at: datetime) -> CheckoutView | None:
        """One checkout of the person's own."""
        table = tables.checkout.c
        is_payable = and_(table.closed_at.is_(None), table.expires_at > at)
        status = case(
            (table.completed_at.is_not(None), literal("complete")),
            (table.expires_at.is_(None), literal("opening")),
            (is_payable, literal("open")),
            else_=literal("expired"),
        )
        shown = select(
            table.id,
            table.plan,
            status.label("status"),
            case((and_(table.completed_at.is_(None), is_payable), table.url)).label("url"),
            table.amount,
            table.currency,
            table.created_at,
            table.expires_at,
            table.completed_at,
        ).where(table.id == checkout_id, table.user_id == user_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(shown)).mappings().one_or_none()
        return CheckoutView(**row) if row else None

    async def subscription(self, user_id: UUID) -> SubscriptionView | None:
        """The one that counts: alive before ended, newer before older."""
        table = tables.subscription.c
        names = SubscriptionView.__dataclass_fields__
        shown = select(*(table[name] for name in names)).where(table.user_id == user_id)
        alive_first = shown.order_by(table.ended_at.is_not(None), table.started_at.desc(), table.id.desc()).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(alive_first)).mappings().one_or_none()
        return SubscriptionView(**row) if row else None

    async def entitlement(self, user_id: UUID) -> EntitlementView:
        """No row is the free tier."""
        table = tables.entitlement.c
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table.tier, table.since).where(table.user_id == user_id))).first()
        return EntitlementView(tier=row.tier, since=row.since) if row else EntitlementView(tier="free", since=None)
