"""An invoice from draft to paid, one event per step, as Stripe's billing engine does it."""

from __future__ import annotations

from tools.stripe.change import Change, new_id
from tools.stripe.charges import Bill, succeed
from tools.stripe.store import Json

_ABSENT = (
    *("account_name", "account_tax_ids", "application", "automatically_finalizes_at", "custom_fields"),
    *("customer_account", "customer_address", "customer_shipping", "default_payment_method", "default_source"),
    *("description", "due_date", "effective_at", "ending_balance", "footer", "from_invoice", "hosted_invoice_url"),
    *("invoice_pdf", "last_finalization_error", "latest_revision", "next_payment_attempt", "number", "on_behalf_of"),
    *("receipt_number", "rendering", "shipping_cost", "shipping_details", "statement_descriptor", "test_clock"),
    *("total_pretax_credit_amounts", "webhooks_delivered_at"),
)
_TOTALS = ("amount_due", "amount_remaining", "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax")
_ZEROS = (
    *("amount_overpaid", "amount_paid", "amount_paid_off_stripe", "amount_shipping", "attempt_count"),
    *("post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance"),
)


def bill_and_collect(change: Change, subscription: Json, *, reason: str, since: int, base_url: str) -> Json:
    """The paid invoice of the subscription's current period.

    `reason` is Stripe's `billing_reason`; `since` the start of the period before, for the first invoice its own.
    """
    customer = change.store.get("customer", subscription["customer"])
    draft = change.create(_draft(change, subscription, customer, reason) | {"period_start": since}, "invoice.created")
    sequence = customer["next_invoice_sequence"]
    counted = {"next_invoice_sequence": sequence + 1, "currency": subscription["currency"]}
    change.update(customer, counted, "customer.updated")
    finalized = {
        "auto_advance": False,
        "effective_at": change.at,
        "hosted_invoice_url": f"{base_url}/i/{draft['id']}",
        "number": f"{customer['invoice_prefix']}-{sequence:04}",
        "status": "open",
        "status_transitions": {**draft["status_transitions"], "finalized_at": change.at},
    }
    invoice = change.update(draft, finalized, "invoice.finalized")
    return _collect(change, invoice, change.store.get("payment_method", subscription["default_payment_method"]))


def _collect(change: Change, invoice: Json, payment_method: Json) -> Json:
    reason = "creation" if invoice["billing_reason"] == "subscription_create" else "update"
    bill = Bill(
        customer=change.store.get("customer", invoice["customer"]),
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        description=f"Subscription {reason}",
    )
    intent = succeed(change, bill, payment_method)
    payment = change.create(_payment(change, invoice, intent["id"]), "invoice_payment.paid")
    paid = {
        "amount_paid": invoice["amount_due"],
        "amount_remaining": 0,
        "attempt_count": 1,
        "attempted": True,
        "ending_balance": 0,
        "payments": _list(f"/v1/invoice_payments?invoice={invoice['id']}", [payment]),
        "status": "paid",
        "status_transitions": {**invoice["status_transitions"], "paid_at": change.at},
    }
    return change.update(invoice, paid, "invoice.paid", "invoice.payment_succeeded")


def _draft(change: Change, subscription: Json, customer: Json, reason: str) -> Json:
    id_ = new_id("in")
    lines = [_line(change, id_, item, subscription) for item in subscription["items"]["data"]]
    total = sum(line["amount"] for line in lines)
    start = subscription["items"]["data"][0]["current_period_start"]
    return {
        **dict.fromkeys(_ABSENT),
        **dict.fromkeys(_TOTALS, total),
        **dict.fromkeys(_ZEROS, 0),
        **{f"customer_{name}": customer[name] for name in ("email", "name", "phone", "tax_exempt")},
        "id": id_,
        "object": "invoice",
        "account_country": "DE",
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": dict.fromkeys(("disabled_reason", "liability", "provider", "status")) | {"enabled": False},
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": change.at,
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": _list(f"/v1/invoices/{id_}/lines", lines),
        "livemode": False,
        "metadata": {},
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
            "type": "subscription_details",
        },
        "payment_settings": dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types")),
        "period_end": start,
        "period_start": start,
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "total_discount_amounts": [],
        "total_taxes": [],
    }


def _line(change: Change, invoice_id: str, item: Json, subscription: Json) -> Json:
    price = item["price"]
    product = change.store.get("product", price["product"])
    details = {
        **dict.fromkeys(("invoice_item", "proration_details")),
        "proration": False,
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": f"{item['quantity']} x {product['name']} (by the {price['recurring']['interval']})",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": subscription["metadata"],
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        "period": {"end": item["current_period_end"], "start": item["current_period_start"]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }


def _payment(change: Change, invoice: Json, intent_id: str) -> Json:
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": invoice["amount_due"],
        "amount_requested": invoice["amount_due"],
        "created": change.at,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": change.at},
    }


def _list(url: str, data: list[Json]) -> Json:
    return {"object": "list", "data": data, "has_more": False, "url": url}
