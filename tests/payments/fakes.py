"""A payment provider in memory. It passes the same contract test as Stripe's adapter (test_the_provider_keeps_its_contract)."""

import asyncio
import dataclasses
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import stripe

from services.payments.data.stripe import StripeProvider
from services.payments.domain.plans import PaidPlan, Price
from services.payments.domain.provider import (
    CustomerSnapshot,
    Notice,
    PaidInvoice,
    ProviderAway,
    Session,
    SessionOrder,
    SubscriptionSnapshot,
    SubscriptionStatus,
)

WEBHOOK_SECRET = "whsec_made_up_for_this_test"
MONTH = timedelta(days=30)

PURCHASE = (
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "customer.subscription.updated",
    "checkout.session.completed",
)

PRICES = (
    Price(plan="pro_monthly", price_id="price_monthly", amount=1900, currency="EUR", interval="month"),
    Price(plan="pro_yearly", price_id="price_yearly", amount=19000, currency="EUR", interval="year"),
)

# Reading a notice needs no network: this part is the real one.
READER = StripeProvider(stripe.StripeClient("sk_test_none"), webhook_secret=WEBHOOK_SECRET)


class FakeProvider:
    """See PaymentProvider. `pay`, `renew`, `end` are what people and time do; `sent` holds every notice, oldest first."""

    def __init__(self) -> None:
        self.away = False
        self.open_gate = asyncio.Event()
        self.open_gate.set()
        self.asked: list[str] = []
        self._called = asyncio.Event()
        self.sent: list[Notice] = []
        self.time: datetime | None = None
        self._answers: dict[str, tuple[object, Any]] = {}
        self._orders: dict[str, SessionOrder] = {}
        self._paid: set[str] = set()
        self._closed: set[str] = set()
        self._customers: dict[str, UUID] = {}
        self._subscriptions: dict[str, dict[str, SubscriptionSnapshot]] = defaultdict(dict)
        self._invoices: dict[str, list[PaidInvoice]] = defaultdict(list)

    async def is_called(self) -> None:
        """Wait until somebody has asked for anything."""
        async with asyncio.timeout(20):
            await self._called.wait()

    async def prices(self) -> Sequence[Price]:
        await self._ask("prices")
        return PRICES

    async def create_customer(self, user_id: UUID, *, key: str) -> str:
        await self._ask("create_customer")
        customer_id = f"cus_{len(self._answers)}"
        made: str = self._once(key, user_id, customer_id)
        if made == customer_id:
            self._customers[customer_id] = user_id
            self._tell("customer.created", customer_id)
        return made

    async def open_session(self, order: SessionOrder, *, key: str) -> Session:
        await self._ask("open_session")
        session_id = f"cs_{len(self._answers)}"
        session = Session(
            session_id=session_id,
            url=f"http://pay.example/{session_id}",
            expires_at=(self._now() + timedelta(days=1)).replace(microsecond=0),
        )
        opened: Session = self._once(key, order, session)
        self._orders[opened.session_id] = order
        return opened

    async def close_session(self, session_id: str) -> bool:
        await self._ask("close_session")
        if session_id in self._paid:
            return False
        self._closed.add(session_id)
        return True

    async def customer(self, customer_id: str) -> CustomerSnapshot | None:
        await self._ask("customer")
        if customer_id not in self._customers:
            return None
        return CustomerSnapshot(
            customer_id=customer_id,
            user_id=self._customers[customer_id],
            subscriptions=list(self._subscriptions[customer_id].values()),
            invoices=list(self._invoices[customer_id]),
        )

    async def notices(self, *, since: datetime) -> AsyncIterator[Notice]:
        await self._ask("notices")
        for notice in reversed(self.sent):
            if notice.created_at >= since.replace(microsecond=0):
                yield notice

    def read_notice(self, body: bytes, signature: str) -> Notice:
        return READER.read_notice(body, signature)

    def pay(self, session_id: str) -> SubscriptionSnapshot:
        """Somebody pays on the page of a session, which is open."""
        assert session_id not in self._closed | self._paid, f"nobody can pay on {session_id} any more"
        self._paid.add(session_id)
        order = self._orders[session_id]
        now = self._now()
        subscription = SubscriptionSnapshot(
            subscription_id=f"sub_of_{session_id}",
            plan=order.price.plan,
            status="active",
            checkout_id=order.checkout_id,
            started_at=now,
            current_period_end=now + MONTH,
            cancel_at_period_end=False,
            ended_at=None,
        )
        self._subscriptions[order.customer_id][subscription.subscription_id] = subscription
        self._bill(order.customer_id, subscription, order.price.amount)
        for happened in PURCHASE:
            self._tell(happened, order.customer_id)
        return subscription

    def renew(self, subscription: SubscriptionSnapshot) -> None:
        """A new period begins and is paid for."""
        customer_id, amount = self._customer_of(subscription), self._invoices[self._customer_of(subscription)][0].amount
        self._bill(customer_id, subscription, amount)
        self._tell("invoice.paid", customer_id)

    def change(self, subscription: SubscriptionSnapshot, **changes: Any) -> None:
        """The provider's subscription becomes another."""
        customer_id = self._customer_of(subscription)
        changed = dataclasses.replace(self._subscriptions[customer_id][subscription.subscription_id], **changes)
        self._subscriptions[customer_id][subscription.subscription_id] = changed
        self._tell("customer.subscription.updated", customer_id)

    def end(self, subscription: SubscriptionSnapshot) -> None:
        """It is cancelled, at once."""
        canceled: SubscriptionStatus = "canceled"
        self.change(subscription, status=canceled, ended_at=self._now())

    def lose(self, subscription: SubscriptionSnapshot) -> None:
        """The provider no longer has it."""
        customer_id = self._customer_of(subscription)
        del self._subscriptions[customer_id][subscription.subscription_id]
        self._tell("customer.deleted", customer_id)

    def give(self, user_id: UUID, plan: PaidPlan | None, *, status: SubscriptionStatus = "active") -> str:
        """A customer of the person's with a subscription that nobody paid for; returns the customer's id."""
        customer_id = f"cus_{len(self._customers)}_given"
        self._customers[customer_id] = user_id
        now = self._now()
        given = SubscriptionSnapshot(
            subscription_id=f"sub_of_{customer_id}",
            plan=plan,
            status=status,
            checkout_id=None,
            started_at=now,
            current_period_end=now + MONTH,
            cancel_at_period_end=False,
            ended_at=None,
        )
        self._subscriptions[customer_id][given.subscription_id] = given
        self._tell("customer.subscription.created", customer_id)
        return customer_id

    def _bill(self, customer_id: str, subscription: SubscriptionSnapshot, amount: int) -> None:
        number = len(self._invoices[customer_id]) + 1
        invoice = PaidInvoice(
            invoice_id=f"in_{customer_id}_{number}",
            number=f"{customer_id.upper()}-{number:04}",
            subscription_id=subscription.subscription_id,
            attempt=1,
            amount=amount,
            currency="EUR",
            paid_at=self._now(),
        )
        self._invoices[customer_id].append(invoice)

    def _customer_of(self, subscription: SubscriptionSnapshot) -> str:
        return next(one for one, theirs in self._subscriptions.items() if subscription.subscription_id in theirs)

    def _tell(self, happened: str, customer_id: str | None) -> None:
        created = self._now().replace(microsecond=0)
        notice = Notice(event_id=f"evt_{len(self.sent)}", type=happened, customer_id=customer_id, created_at=created)
        self.sent.append(notice)

    def _once(self, key: str, asked: object, fresh: Any) -> Any:
        first, answered = self._answers.setdefault(key, (asked, fresh))
        if first != asked:
            raise ProviderAway(f"the key {key} was first used for another request")
        return answered

    async def _ask(self, what: str) -> None:
        self.asked.append(what)
        self._called.set()
        await self.open_gate.wait()
        if self.away:
            raise ProviderAway("The provider is away.", retry_after=5)

    def _now(self) -> datetime:
        return self.time or datetime.now(UTC)


def webhook_body(notice: Notice) -> bytes:
    """What Stripe would post for a notice."""
    about = {"id": "in_1", "object": "invoice", "customer": notice.customer_id}
    event = {
        "id": notice.event_id,
        "object": "event",
        "type": notice.type,
        "created": int(notice.created_at.timestamp()),
        "data": {"object": about},
    }
    return json.dumps(event).encode()


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, at: datetime | None = None) -> dict[str, str]:
    """The headers that Stripe would post `body` with."""
    timestamp = int((at or datetime.now(UTC)).timestamp())
    header: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp)
    return {"stripe-signature": header, "content-type": "application/json"}
