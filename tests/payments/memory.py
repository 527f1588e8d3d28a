"""Units of work in memory, one at a time and all or nothing. The use cases' tests run over them and over PostgreSQL."""

import asyncio
import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from services.payments.domain.checkouts import Checkout, NoCheckout
from services.payments.domain.customers import Customer
from services.payments.domain.entitlements import Entitlement
from services.payments.domain.payments import Payment
from services.payments.domain.provider import Notice
from services.payments.domain.refresh import StaleCustomer
from services.payments.domain.subscriptions import Subscription
from services.payments.domain.sweep import Sweep
from shared.events.event import Event


def _copied(rows: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: row if isinstance(row, datetime) else dataclasses.replace(row) for key, row in rows.items()}


@dataclass
class Tables:
    """Rows by their keys."""

    people: dict[UUID, datetime] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    checkouts: dict[UUID, Checkout] = field(default_factory=dict)
    subscriptions: dict[UUID, Subscription] = field(default_factory=dict)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    entitlements: dict[UUID, Entitlement] = field(default_factory=dict)
    notices: dict[str, datetime] = field(default_factory=dict)
    stale: dict[str, StaleCustomer] = field(default_factory=dict)
    sweeps: dict[bool, Sweep] = field(default_factory=dict)
    facts: list[Event] = field(default_factory=list)


class Draft:
    """What one transaction sees of the tables: rows of its own, copied when a table is first looked at."""

    people: dict[UUID, datetime]
    customers: dict[str, Customer]
    checkouts: dict[UUID, Checkout]
    subscriptions: dict[UUID, Subscription]
    payments: dict[UUID, Payment]
    entitlements: dict[UUID, Entitlement]
    notices: dict[str, datetime]
    stale: dict[str, StaleCustomer]
    sweeps: dict[bool, Sweep]
    facts: list[Event]

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._own: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._own:
            rows = getattr(self._tables, name)
            self._own[name] = list(rows) if isinstance(rows, list) else _copied(rows)
        return self._own[name]

    def committed(self) -> Tables:
        """The tables with this transaction's rows."""
        return dataclasses.replace(self._tables, **self._own)


class Memory:
    """A store; `uow(actor=...)` is what use cases are given."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.lock = asyncio.Lock()

    def uow(self, *, actor: UUID | None = None) -> "MemoryUow":
        return MemoryUow(self)

    async def facts(self) -> list[Event]:
        """What was emitted, in order."""
        return list(self.tables.facts)


class MemoryUow:
    """One transaction."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def __aenter__(self) -> Self:
        await self._memory.lock.acquire()
        self._draft = tables = Draft(self._memory.tables)
        self.people, self.customers, self.checkouts = _People(tables), _Customers(tables), _Checkouts(tables)
        self.subscriptions, self.payments = _Subscriptions(tables), _Payments(tables)
        self.entitlements, self.notices = _Entitlements(tables), _Notices(tables)
        self.stale_marks, self.stale, self.sweeps = _StaleMarks(tables), _Stale(tables), _Sweeps(tables)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self._memory.tables = self._draft.committed()
        self._memory.lock.release()

    def emit(self, event: Event) -> None:
        self._draft.facts.append(event)


@dataclass
class _Part:
    tables: Draft


class _People(_Part):
    async def add(self, user_id: UUID, *, at: datetime) -> None:
        self.tables.people.setdefault(user_id, at)

    async def has(self, user_id: UUID) -> bool:
        return user_id in self.tables.people


class _Customers(_Part):
    async def claim(self, customer: Customer) -> Customer:
        theirs = await self.of(customer.user_id)
        return theirs or self.tables.customers.setdefault(customer.customer_id, customer)

    async def of(self, user_id: UUID) -> Customer | None:
        return next((one for one in self.tables.customers.values() if one.user_id == user_id), None)

    async def find(self, customer_id: str) -> Customer | None:
        return self.tables.customers.get(customer_id)


class _Checkouts(_Part):
    async def claim(self, checkout: Checkout) -> Checkout:
        key = (checkout.user_id, checkout.idempotency_key)
        for known in self.tables.checkouts.values():
            if (known.user_id, known.idempotency_key) == key:
                return known
        return self.tables.checkouts.setdefault(checkout.id, checkout)

    async def lock(self, checkout_id: UUID) -> Checkout:
        if checkout_id not in self.tables.checkouts:
            raise NoCheckout(f"There is no checkout {checkout_id}.")
        return self.tables.checkouts[checkout_id]

    async def find(self, checkout_id: UUID, *, user_id: UUID) -> Checkout | None:
        checkout = self.tables.checkouts.get(checkout_id)
        return checkout if checkout and checkout.user_id == user_id else None

    async def unfinished(self, user_id: UUID, *, at: datetime) -> Sequence[Checkout]:
        theirs = [one for one in self.tables.checkouts.values() if one.user_id == user_id]
        return [one for one in theirs if one.lease is not None or one.status(at=at) == "open"]


class _Subscriptions(_Part):
    async def add(self, subscription: Subscription) -> None:
        self.tables.subscriptions[subscription.id] = subscription

    async def of_customer(self, customer_id: str) -> Sequence[Subscription]:
        return [one for one in self.tables.subscriptions.values() if one.customer_id == customer_id]

    async def of_user(self, user_id: UUID) -> Sequence[Subscription]:
        return [one for one in self.tables.subscriptions.values() if one.user_id == user_id]


class _Payments(_Part):
    async def add(self, payment: Payment) -> None:
        assert payment.invoice_id not in {one.invoice_id for one in self.tables.payments.values()}
        self.tables.payments[payment.id] = payment

    async def known_invoices(self, invoice_ids: Collection[str]) -> set[str]:
        return {one.invoice_id for one in self.tables.payments.values()} & set(invoice_ids)


class _Entitlements(_Part):
    async def get(self, user_id: UUID) -> Entitlement:
        return self.tables.entitlements.get(user_id) or Entitlement(user_id=user_id)

    async def lock(self, user_id: UUID) -> Entitlement:
        return self.tables.entitlements.setdefault(user_id, Entitlement(user_id=user_id))


class _Notices(_Part):
    async def remember(self, notices: Collection[Notice], *, at: datetime) -> Sequence[Notice]:
        new = [notice for notice in notices if notice.event_id not in self.tables.notices]
        self.tables.notices.update({notice.event_id: at for notice in new})
        return new

    async def forget(self, *, before: datetime) -> None:
        for event_id in [one for one, at in self.tables.notices.items() if at < before]:
            del self.tables.notices[event_id]


class _StaleMarks(_Part):
    async def mark(self, customer_ids: Collection[str], *, at: datetime, traceparent: str | None) -> None:
        for customer_id in customer_ids:
            known = self.tables.stale.get(customer_id)
            if known is None:
                known = StaleCustomer(customer_id=customer_id, generation=0, due_at=at)
                self.tables.stale[customer_id] = known
            known.generation += 1
            if known.lease is None:
                known.due_at = min(known.due_at, at)
            known.traceparent = traceparent or known.traceparent


class _Stale(_Part):
    async def due(self, *, at: datetime, limit: int) -> Sequence[StaleCustomer]:
        due = [one for one in self.tables.stale.values() if one.due_at <= at]
        return sorted(due, key=lambda one: one.due_at)[:limit]

    async def lock(self, customer_id: str) -> StaleCustomer | None:
        return self.tables.stale.get(customer_id)

    async def remove(self, customer: StaleCustomer) -> None:
        del self.tables.stale[customer.customer_id]


class _Sweeps(_Part):
    async def lock(self, *, start: datetime) -> Sweep:
        return self.tables.sweeps.setdefault(True, Sweep(swept_to=start, due_at=start))
