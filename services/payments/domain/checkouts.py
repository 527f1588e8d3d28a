"""A checkout: somebody wants to buy a plan. Its row comes first, then the provider's payment page, then the row is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from services.payments.domain.customers import Customer, Customers
from services.payments.domain.entitlements import Entitlements
from services.payments.domain.people import EmailNotVerified, VerifiedPeople
from services.payments.domain.plans import PaidPlan, Price
from services.payments.domain.provider import Session, SessionOrder
from shared.errors import Conflict, IdempotencyKeyReused, NotFound, RequestInProgress
from shared.uow import UnitOfWork

CheckoutStatus = Literal["opening", "open", "complete", "expired"]


class CheckoutInProgress(RequestInProgress):
    """The same request, or another one of the person's, is being worked on."""

    def __init__(self) -> None:
        super().__init__("A checkout of yours is being opened just now: send this again in a second.")


class AnotherCheckoutOpen(Conflict):
    """The person has a page open for another plan, and only one page of theirs may be open."""

    slug = "checkout-open"

    def __init__(self, checkout: "Checkout") -> None:
        super().__init__(f"You have a payment page open for another plan: {checkout.url}. Pay there, or try again.")
        self.checkout = checkout


class PaymentUnderWay(Conflict):
    """The person has paid, or is paying just now, on a page opened earlier."""

    slug = "payment-under-way"

    def __init__(self) -> None:
        super().__init__(
            "A payment of yours is under way: look at your subscription in a few seconds before you buy again.",
            retry_after=5,
        )


class NoCheckout(NotFound):
    """There is no such checkout of yours."""

    slug = "no-checkout"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asks for, under their Idempotency-Key."""

    user_id: UUID
    idempotency_key: str
    plan: PaidPlan
    success_url: str
    cancel_url: str


@dataclass(kw_only=True, eq=False)
class Checkout:
    """`opening` until it has a session; while one request talks to the provider for it, that request holds the lease.

    `same_as` is set on the row of a key that was answered with a checkout opened under another key: it is never opened itself.
    """

    id: UUID
    user_id: UUID
    idempotency_key: str
    plan: PaidPlan
    success_url: str
    cancel_url: str
    created_at: datetime
    lease: UUID | None = None
    leased_until: datetime | None = None
    customer_id: str | None = None
    price_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    session_id: str | None = None
    url: str | None = None
    expires_at: datetime | None = None
    completed_at: datetime | None = None
    closed_at: datetime | None = None
    same_as: UUID | None = None

    @classmethod
    def of(cls, order: Order, *, id: UUID, at: datetime) -> "Checkout":  # noqa: A002 - the row's id
        """A new one."""
        return cls(
            id=id,
            user_id=order.user_id,
            idempotency_key=order.idempotency_key,
            plan=order.plan,
            success_url=order.success_url,
            cancel_url=order.cancel_url,
            created_at=at,
        )

    def status(self, *, at: datetime) -> CheckoutStatus:
        """Where it stands at a time."""
        if self.completed_at is not None:
            return "complete"
        if self.expires_at is None:
            return "opening"
        return "open" if self.closed_at is None and at < self.expires_at else "expired"

    def repeats(self, order: Order) -> None:
        """Raise IdempotencyKeyReused unless the order asks for just this."""
        asked = (order.plan, order.success_url, order.cancel_url)
        if asked != (self.plan, self.success_url, self.cancel_url):
            raise IdempotencyKeyReused

    def lend(self, lease: UUID, *, at: datetime, until: datetime) -> None:
        """Let one request open the session. CheckoutInProgress while another has the lease."""
        self.end_lease(at=at)
        self.lease, self.leased_until = lease, until

    def keep(self, lease: UUID, *, until: datetime) -> bool:
        """Leave it with its request, which is still at work. False if the lease was lost."""
        if self.lease == lease:
            self.leased_until = until
        return self.lease == lease

    def end_lease(self, *, at: datetime) -> None:
        """Take the lease from whoever let it run out, so that they record nothing. CheckoutInProgress while it lasts."""
        if self.leased_until is not None and at < self.leased_until:
            raise CheckoutInProgress
        self.lease = self.leased_until = None

    def give_back(self, lease: UUID) -> None:
        """End the lease, if it still is this one."""
        if self.lease == lease:
            self.lease = self.leased_until = None

    def price(self, price: Price, *, customer_id: str) -> None:
        """Fix who buys and what it costs. The first time decides: repetitions must ask the provider for the very same."""
        self.customer_id = self.customer_id or customer_id
        if self.price_id is None:
            self.price_id, self.amount, self.currency = price.price_id, price.amount, price.currency

    def session_order(self, price: Price) -> SessionOrder:
        """What to ask the provider for; `price` brings the interval."""
        if self.customer_id is None or self.price_id is None or self.amount is None or self.currency is None:
            raise RuntimeError(f"checkout {self.id} is not priced yet")
        fixed = Price(
            plan=self.plan,
            price_id=self.price_id,
            amount=self.amount,
            currency=self.currency,
            interval=price.interval,
        )
        return SessionOrder(
            checkout_id=self.id,
            user_id=self.user_id,
            customer_id=self.customer_id,
            price=fixed,
            success_url=self.success_url,
            cancel_url=self.cancel_url,
        )

    def open(self, session: Session, *, lease: UUID) -> None:
        """The provider has a page for it. CheckoutInProgress if the lease was lost: there may be another page by now."""
        if self.lease != lease:
            raise CheckoutInProgress
        self.session_id, self.url, self.expires_at = session.session_id, session.url, session.expires_at

    def complete(self, *, at: datetime) -> None:
        """It was paid."""
        self.completed_at = self.completed_at or at

    def close(self, *, at: datetime) -> None:
        """Nobody can pay on its page any more."""
        self.closed_at = self.closed_at or at


class Checkouts(Protocol):
    async def claim(self, checkout: Checkout) -> Checkout:
        """The row of this person and key, locked: the given one, unless there is one already."""
        ...

    async def lock(self, checkout_id: UUID) -> Checkout: ...

    async def find(self, checkout_id: UUID, *, user_id: UUID) -> Checkout | None: ...

    async def unfinished(self, user_id: UUID, *, at: datetime) -> Sequence[Checkout]:
        """The person's that are open at a time or lent to a request, locked."""
        ...


class Uow(UnitOfWork, Protocol):
    checkouts: Checkouts
    customers: Customers
    entitlements: Entitlements
    people: VerifiedPeople


async def begin_checkout(
    uow: Uow,
    *,
    order: Order,
    id: UUID,  # noqa: A002 - the row's id
    lease: UUID,
    at: datetime,
    until: datetime,
) -> Checkout:
    """The checkout of this order: a new one or one without a session, leased to the caller `until`, or one that is open.

    Who has a page open for the plan gets that one under any key: two pages could both be paid. Raises
    IdempotencyKeyReused, CheckoutInProgress, EmailNotVerified, AlreadySubscribed, AnotherCheckoutOpen; a refusal leaves no row.
    """
    async with uow:
        entitlement = await uow.entitlements.lock(order.user_id)  # one request of a person at a time, and no settlement
        checkout = await uow.checkouts.claim(Checkout.of(order, id=id, at=at))
        checkout.repeats(order)
        if checkout.same_as is not None:
            return await uow.checkouts.lock(checkout.same_as)
        if checkout.session_id is not None:
            return checkout
        if not await uow.people.has(order.user_id):
            raise EmailNotVerified
        entitlement.refuse_second_purchase()
        checkout.end_lease(at=at)
        if already := await _open_already(uow, order, at=at):
            checkout.same_as = already.id
            return already
        checkout.lend(lease, at=at, until=until)
        if customer := await uow.customers.of(order.user_id):
            checkout.customer_id = checkout.customer_id or customer.customer_id
    return checkout


async def _open_already(uow: Uow, order: Order, *, at: datetime) -> Checkout | None:
    for other in await uow.checkouts.unfinished(order.user_id, at=at):
        if other.session_id is None:
            other.end_lease(at=at)
        elif other.plan == order.plan:
            return other
        else:
            raise AnotherCheckoutOpen(other)
    return None


async def price_checkout(uow: Uow, *, checkout_id: UUID, customer_id: str, price: Price, at: datetime) -> Checkout:
    """Record who buys and at what price, before the provider is asked for a page."""
    async with uow:
        checkout = await uow.checkouts.lock(checkout_id)
        made = Customer(customer_id=customer_id, user_id=checkout.user_id, created_at=at)
        customer = await uow.customers.claim(made)
        checkout.price(price, customer_id=customer.customer_id)
    return checkout


async def keep_checkout(uow: Uow, *, checkout_id: UUID, lease: UUID, until: datetime) -> bool:
    """Lengthen the lease to `until`. False, and nothing, if it was lost."""
    async with uow:
        return (await uow.checkouts.lock(checkout_id)).keep(lease, until=until)


async def finish_checkout(uow: Uow, *, checkout_id: UUID, lease: UUID, session: Session) -> Checkout:
    """Record the page. Whoever does so second finds the same page: the provider was asked with the same key.

    CheckoutInProgress if the lease ran out and nobody has recorded the page: it must then be shown to nobody.
    """
    async with uow:
        checkout = await uow.checkouts.lock(checkout_id)
        if checkout.session_id is None:
            checkout.open(session, lease=lease)
        checkout.give_back(lease)
    return checkout


async def close_checkout(uow: Uow, *, checkout_id: UUID, at: datetime) -> None:
    """Record that the page is closed at the provider."""
    async with uow:
        (await uow.checkouts.lock(checkout_id)).close(at=at)


async def abandon_checkout(uow: Uow, *, checkout_id: UUID, lease: UUID) -> None:
    """The provider was away: let a repetition of the request try at once."""
    async with uow:
        checkout = await uow.checkouts.lock(checkout_id)
        checkout.give_back(lease)
