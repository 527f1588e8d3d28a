"""Charging a card: payment method, payment intent and charge, with the events of success or decline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tools.stripe.change import Change, new_id
from tools.stripe.errors import invalid_param
from tools.stripe.store import Json

DECLINED: Final = "Your card was declined."


@dataclass(frozen=True)
class Card:
    """A card anybody may use here; `name` says to a person what it does."""

    number: str
    name: str
    pays: bool

    @property
    def grouped(self) -> str:
        """The number as it is printed on a card."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


CARDS: Final = (
    Card("4242424242424242", "Visa that pays", pays=True),
    Card("4000000000000002", "Visa that is declined", pays=False),
)


def card_by_number(number: str) -> Card:
    """The card with this number, spaces or not. Raises StripeError for any other number."""
    compact = "".join(number.split())
    for card in CARDS:
        if card.number == compact:
            return card
    known = " or ".join(card.grouped for card in CARDS)
    raise invalid_param("card", f"Your card number is invalid: use {known}.")


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What to charge: minor units of a currency, for one customer."""

    customer: Json
    amount: int
    currency: str
    description: str


def attach(change: Change, card: Card, customer: Json) -> Json:
    """A payment method of the customer, made from a card."""
    method = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": _billing_details(customer),
        "card": _card_details(card),
        "created": change.at,
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
    return change.create(method, "payment_method.attached")


def succeed(change: Change, bill: Bill, payment_method: Json) -> Json:
    """The payment intent of a charge that went through."""
    intent = change.create(_intent(change, bill), "payment_intent.created")
    outcome = {"network_status": "approved_by_network", "seller_message": "Payment complete.", "type": "authorized"}
    charge = _charge(change, bill, intent["id"], payment_method["card"]) | {
        "amount_captured": bill.amount,
        "captured": True,
        "outcome": _outcome(outcome),
        "paid": True,
        "payment_method": payment_method["id"],
        "status": "succeeded",
    }
    change.create(charge, "charge.succeeded")
    changes = {
        "amount_received": bill.amount,
        "latest_charge": charge["id"],
        "payment_method": payment_method["id"],
        "status": "succeeded",
    }
    return change.update(intent, changes, "payment_intent.succeeded")


def decline(change: Change, bill: Bill, card: Card) -> Json:
    """The payment intent of a charge that the bank refused; no payment method is kept."""
    intent = change.create(_intent(change, bill), "payment_intent.created")
    outcome = {"network_status": "declined_by_network", "reason": "generic_decline", "type": "issuer_declined"}
    charge = _charge(change, bill, intent["id"], _card_details(card)) | {
        "failure_code": "card_declined",
        "failure_message": DECLINED,
        "outcome": _outcome(outcome | {"seller_message": "The bank did not return any further details."}),
    }
    change.create(charge, "charge.failed")
    problem = {
        "charge": charge["id"],
        "code": "card_declined",
        "decline_code": "generic_decline",
        "message": DECLINED,
        "type": "card_error",
    }
    changes = {"last_payment_error": problem, "latest_charge": charge["id"]}
    return change.update(intent, changes, "payment_intent.payment_failed")


def _intent(change: Change, bill: Bill) -> Json:
    id_ = new_id("pi")
    return {
        **dict.fromkeys(("application", "application_fee_amount", "canceled_at", "cancellation_reason", "next_action")),
        **dict.fromkeys(("automatic_payment_methods", "last_payment_error", "latest_charge", "on_behalf_of")),
        **dict.fromkeys(("payment_method", "processing", "receipt_email", "review", "shipping", "transfer_data")),
        **dict.fromkeys(("statement_descriptor", "statement_descriptor_suffix", "transfer_group")),
        "id": id_,
        "object": "payment_intent",
        "amount": bill.amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic",
        "client_secret": new_id(f"{id_}_secret"),
        "confirmation_method": "automatic",
        "created": change.at,
        "currency": bill.currency,
        "customer": bill.customer["id"],
        "description": bill.description,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "setup_future_usage": "off_session",
        "status": "requires_payment_method",
    }


def _charge(change: Change, bill: Bill, intent_id: str, card_details: Json) -> Json:
    shown = {name: card_details[name] for name in ("brand", "country", "exp_month", "exp_year", "funding", "last4")}
    return {
        **dict.fromkeys(("application", "application_fee", "application_fee_amount", "balance_transaction")),
        **dict.fromkeys(("failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of")),
        **dict.fromkeys(("payment_method", "receipt_email", "receipt_number", "receipt_url", "review", "shipping")),
        **dict.fromkeys(("source_transfer", "statement_descriptor", "transfer_data", "transfer_group")),
        "id": new_id("ch"),
        "object": "charge",
        "amount": bill.amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": _billing_details(bill.customer),
        "calculated_statement_descriptor": "CODEZEST",
        "captured": False,
        "created": change.at,
        "currency": bill.currency,
        "customer": bill.customer["id"],
        "description": bill.description,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "paid": False,
        "payment_intent": intent_id,
        "payment_method_details": {"card": shown, "type": "card"},
        "refunded": False,
        "status": "failed",
    }


def _outcome(known: Json) -> Json:
    absent = ("advice_code", "network_advice_code", "network_decline_code", "network_status", "reason")
    return {**dict.fromkeys(absent), "risk_level": "normal", **known}


def _billing_details(customer: Json) -> Json:
    contact = {name: customer[name] for name in ("email", "name", "phone")}
    return {"address": None, "tax_id": None, **contact}


def _card_details(card: Card) -> Json:
    return {
        **dict.fromkeys(("checks", "fingerprint", "generated_from", "regulated_status", "three_d_secure_usage")),
        "brand": "visa",
        "country": "US",
        "display_brand": "visa",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "last4": card.number[-4:],
        "networks": {"available": ["visa"], "preferred": None},
        "wallet": None,
    }
