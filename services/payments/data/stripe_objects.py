"""From Stripe's objects to the domain's snapshots."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast
from uuid import UUID

import stripe

from services.payments.domain.plans import PAID_PLANS, PaidPlan, Price
from services.payments.domain.provider import Notice, PaidInvoice, Session, SubscriptionSnapshot, SubscriptionStatus


def price_of(plan: PaidPlan, price: stripe.Price) -> Price:
    """ValueError for a price that is not so much a month or a year."""
    if price.recurring is None or price.recurring.interval not in {"month", "year"} or price.unit_amount is None:
        raise ValueError(f"Stripe's price {price.id} for {plan} is not an amount per month or year: change it there")
    return Price(
        plan=plan,
        price_id=price.id,
        amount=price.unit_amount,
        currency=price.currency.upper(),
        interval=cast("Literal['month', 'year']", price.recurring.interval),
    )


def session_of(session: stripe.checkout.Session) -> Session:
    """ValueError for one that no page belongs to."""
    if session.url is None:
        raise ValueError(f"Stripe opened the session {session.id} without a page")
    return Session(session_id=session.id, url=session.url, expires_at=_time(session.expires_at))


def subscription_of(subscription: stripe.Subscription) -> SubscriptionSnapshot:
    """A price keeps its lookup key only until a newer price takes it over: then the plan is what was ordered."""
    items = subscription["items"].data
    item = items[0] if items else None
    lookup_key = item.price.lookup_key if item else None
    return SubscriptionSnapshot(
        subscription_id=subscription.id,
        plan=_plan(lookup_key) or _plan(_field(subscription.metadata, "plan")),
        status=cast("SubscriptionStatus", subscription.status),
        checkout_id=uuid_of(subscription.metadata, "checkout_id"),
        started_at=_time(subscription.start_date),
        current_period_end=_time(item.current_period_end) if item else None,
        cancel_at_period_end=subscription.cancel_at_period_end,
        ended_at=_time(subscription.ended_at) if subscription.ended_at else None,
    )


def paid_invoice_of(invoice: stripe.Invoice) -> PaidInvoice:
    """An invoice whose status is paid."""
    details = invoice.parent.subscription_details if invoice.parent else None
    return PaidInvoice(
        invoice_id=invoice.id,
        number=invoice.number or invoice.id,
        subscription_id=_id(details.subscription) if details else None,
        attempt=invoice.attempt_count,
        amount=invoice.amount_paid,
        currency=invoice.currency.upper(),
        paid_at=_time(invoice.status_transitions.paid_at or invoice.created),
    )


def notice_of(event: stripe.Event) -> Notice:
    """Whom an event is about is all that is taken from its body."""
    about = event.data.object.to_dict()
    is_customer = about.get("object") == "customer"
    return Notice(
        event_id=event.id,
        type=event.type,
        customer_id=_id(about.get("id") if is_customer else about.get("customer")),
        created_at=_time(event.created),
    )


def uuid_of(metadata: Any, name: str) -> UUID | None:
    """An id of ours in an object's metadata; None if there is none, or none of ours."""
    try:
        return UUID(_field(metadata, name) or "")
    except ValueError:
        return None


def _field(metadata: Any, name: str) -> str | None:
    fields: Mapping[str, str] = metadata.to_dict() if metadata else {}
    return fields.get(name)


def _plan(name: str | None) -> PaidPlan | None:
    return next((plan for plan in PAID_PLANS if plan == name), None)


def _id(reference: Any) -> str | None:
    """References are ids, or the objects themselves where they were expanded."""
    if reference is None or isinstance(reference, str):
        return reference
    return str(reference["id"])


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
