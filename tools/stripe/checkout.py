"""A Checkout Session: opened by the API, then paid or declined by a person on its page, or expired."""

from __future__ import annotations

from typing import Final

from tools.stripe import customers, subscriptions
from tools.stripe.change import Change, new_id
from tools.stripe.charges import Bill, attach, card_by_number, decline
from tools.stripe.errors import StripeError, invalid_param, missing_param
from tools.stripe.params import Params
from tools.stripe.store import Json, Where

_SHORTEST_LIFE, _LONGEST_LIFE = 30 * 60, 24 * 60 * 60
_MOST_LINES: Final = 20
_ABSENT = (
    *("adaptive_pricing", "after_expiration", "billing_address_collection", "client_secret", "collected_information"),
    *("consent", "consent_collection", "currency_conversion", "customer_account", "customer_details", "invoice"),
    *("customer_creation", "discounts", "invoice_creation", "origin_context", "payment_intent", "payment_link"),
    *("payment_method_configuration_details", "permissions", "recovered_from", "saved_payment_method_options"),
    *("setup_intent", "shipping_address_collection", "shipping_cost", "submit_type", "subscription", "wallet_options"),
)


def create(change: Change, params: Params, *, base_url: str) -> Json:
    """POST /v1/checkout/sessions, for subscriptions only."""
    params.only(
        *("mode", "customer", "customer_email", "line_items", "success_url", "cancel_url", "client_reference_id"),
        *("metadata", "subscription_data", "expires_at", "locale", "allow_promotion_codes"),
    )
    params.required("mode")
    params.choice("mode", "subscription")
    lines = _lines(change, params)
    id_ = new_id("cs_test", length=58)
    return change.create(
        {
            **_blank(change, lines),
            "id": id_,
            "allow_promotion_codes": params.boolean("allow_promotion_codes"),
            "cancel_url": params.url("cancel_url"),
            "client_reference_id": params.text("client_reference_id"),
            "customer": _customer(change, params),
            "customer_email": params.text("customer_email"),
            "expires_at": _expiry(change, params),
            "locale": params.text("locale"),
            "metadata": params.metadata("metadata"),
            "subscription_data": _subscription_data(params),
            "success_url": _success_url(params),
            "url": f"{base_url}/c/pay/{id_}",
        }
    )


def pay(change: Change, id_: str, card_number: str, *, base_url: str) -> Json:
    """The session after a person pressed "Pay" with this card.

    `status` then says it: `complete` (now or before: paying twice changes nothing), `expired`, or still `open`
    because the card was declined. Raises StripeError for an unknown session or card number.
    """
    session = expire_if_due(change, change.store.get("checkout.session", id_))
    if session["status"] != "open":
        return session
    card = card_by_number(card_number)
    if session["customer"] is None:
        session = session | {"customer": customers.register(change, {"email": session["customer_email"]})["id"]}
    customer = change.store.get("customer", session["customer"])
    bill = Bill(
        customer=customer,
        amount=session["amount_total"],
        currency=session["currency"],
        description="Subscription creation",
    )
    if not card.pays:
        decline(change, bill, card)
        return change.update(session, {})
    method = attach(change, card, customer)
    subscription = subscriptions.start(change, session, method, base_url=base_url)
    contact = {name: customer[name] for name in ("email", "name", "phone")}
    changes = {
        "customer_details": {"address": None, "tax_exempt": "none", "tax_ids": [], **contact},
        "invoice": subscription["latest_invoice"],
        "payment_status": "paid",
        "status": "complete",
        "subscription": subscription["id"],
        "url": None,
    }
    return change.update(session, changes, "checkout.session.completed")


def expire(change: Change, params: Params, id_: str) -> Json:
    """POST /v1/checkout/sessions/{id}/expire."""
    params.only()
    session = expire_if_due(change, change.store.get("checkout.session", id_))
    if session["status"] != "open":
        rule = 'Only Checkout Sessions with a status in ["open"] can be expired.'
        raise StripeError(400, f'{rule} This Checkout Session has a status of "{session["status"]}".')
    return _expire(change, session)


def expire_if_due(change: Change, session: Json) -> Json:
    """The session, expired if its time is over."""
    return _expire(change, session) if _is_due(session, change.at) else session


def expire_all_due(change: Change) -> None:
    """Expire every session whose time is over, so that its event is sent though nobody looks."""
    conditions = (Where("$.status", "=", "open"), Where("$.expires_at", "<=", change.at))
    for session in change.store.list("checkout.session", conditions)[0]:
        _expire(change, session)


def success_address(session: Json) -> str:
    """Where the browser goes after paying."""
    address: str = session["success_url"]
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _is_due(session: Json, at: int) -> bool:
    return bool(session["status"] == "open" and session["expires_at"] <= at)


def _expire(change: Change, session: Json) -> Json:
    return change.update(session, {"status": "expired", "url": None}, "checkout.session.expired")


def _lines(change: Change, params: Params) -> list[Json]:
    sent = params.hashes("line_items")
    if not 1 <= len(sent) <= _MOST_LINES:
        raise missing_param("line_items")
    lines = [_line(change, line) for line in sent]
    kinds = {(line["currency"], line["price"]["recurring"]["interval"]) for line in lines}
    if len(kinds) > 1:
        raise invalid_param("line_items", "All prices of a Checkout Session must have the same currency and interval.")
    return lines


def _line(change: Change, params: Params) -> Json:
    params.only("price", "quantity")
    price = change.store.get("price", params.required("price"), param=params.name("price"))
    product = change.store.get("product", price["product"])
    quantity = params.integer("quantity")
    if quantity is None or quantity < 1:
        raise missing_param(params.name("quantity"))
    total = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": product["name"],
        "price": price,
        "quantity": quantity,
    }


def _customer(change: Change, params: Params) -> str | None:
    customer = params.text("customer")
    if customer is not None and params.text("customer_email") is not None:
        message = "You may only specify one of these parameters: customer, customer_email."
        raise StripeError(400, message, param="customer_email")
    return change.store.get("customer", customer, param="customer")["id"] if customer is not None else None


def _expiry(change: Change, params: Params) -> int:
    at = params.integer("expires_at")
    if at is None:
        return change.at + _LONGEST_LIFE
    if not _SHORTEST_LIFE <= at - change.at <= _LONGEST_LIFE:
        raise invalid_param("expires_at", "The session can expire from 30 minutes to 24 hours after its creation.")
    return at


def _subscription_data(params: Params) -> Json:
    data = params.hash("subscription_data")
    data.only("metadata")
    return {"metadata": data.metadata("metadata")}


def _success_url(params: Params) -> str:
    url = params.url("success_url")
    if url is None:
        raise missing_param("success_url")
    return url


def _blank(change: Change, lines: list[Json]) -> Json:
    total = sum(line["amount_total"] for line in lines)
    return {
        **dict.fromkeys(_ABSENT),
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": change.at,
        "currency": lines[0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "line_items": {"object": "list", "data": lines, "has_more": False, "url": "/v1/checkout/sessions/line_items"},
        "livemode": False,
        "mode": "subscription",
        "payment_method_collection": "always",
        "payment_method_types": ["card"],
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }
