from __future__ import annotations

from tools.stripe.change import Change, new_id
from tools.stripe.errors import missing_resource
from tools.stripe.invoices import bill_and_collect
from tools.stripe.params import Params
from tools.stripe.periods import period_end
from tools.stripe.store import Json

_ABSENT = (
    *("application", "application_fee_percent", "billing_cycle_anchor_config", "billing_thresholds", "cancel_at"),
    *("canceled_at", "customer_account", "days_until_due", "default_payment_method", "default_source", "description"),
    *("ended_at", "latest_invoice", "next_pending_invoice_item_invoice", "on_behalf_of", "pause_collection"),
    *("pending_invoice_item_interval", "pending_setup_intent", "pending_update", "schedule", "test_clock"),
    *("transfer_data", "trial_end", "trial_start"),
)


def start(change: Change, session: Json, payment_method: Json, *, base_url: str) -> Json:
    """The active subscription of a paid Checkout Session, its first invoice included.

    As in every API version since 2025-03-31.basil it does not exist before the payment.
    """
    subscription = _new(change, session) | {"default_payment_method": payment_method["id"]}
    invoice = bill_and_collect(change, subscription, reason="subscription_create", since=change.at, base_url=base_url)
    created = subscription | {"latest_invoice": invoice["id"], "default_payment_method": None}
    change.create(created, "customer.subscription.created")
    default = {"default_payment_method": payment_method["id"]}
    return change.update(created, default, "customer.subscription.updated")


def renew(change: Change, id_: str, *, base_url: str) -> Json:
    """What happens at the end of the period: a new period and a paid invoice, or the end if that was asked for."""
    before = _alive(change, id_)
    if before["cancel_at_period_end"]:
        return _end(change, before, {})
    items = [_next_period(before, item) for item in before["items"]["data"]]
    renewed = before | {"items": {**before["items"], "data": items}}
    since = before["items"]["data"][0]["current_period_start"]
    invoice = bill_and_collect(change, renewed, reason="subscription_cycle", since=since, base_url=base_url)
    changes = {"items": renewed["items"], "latest_invoice": invoice["id"]}
    return change.update(before, changes, "customer.subscription.updated")


def update(change: Change, params: Params, id_: str) -> Json:
    """POST /v1/subscriptions/{id}: metadata, and whether it ends with the period."""
    params.only("cancel_at_period_end", "cancellation_details", "metadata")
    before = _alive(change, id_)
    changes: Json = {"metadata": params.metadata("metadata", existing=before["metadata"])}
    ends = params.boolean("cancel_at_period_end")
    if ends is not None and ends != before["cancel_at_period_end"]:
        end = before["items"]["data"][0]["current_period_end"]
        reason = {"reason": "cancellation_requested" if ends else None}
        changes |= {
            "cancel_at": end if ends else None,
            "cancel_at_period_end": ends,
            "canceled_at": change.at if ends else None,
            "cancellation_details": before["cancellation_details"] | reason,
        }
    if params.has("cancellation_details"):
        changes["cancellation_details"] = {
            **before["cancellation_details"],
            **changes.get("cancellation_details", {}),
            **_details(params),
        }
    if all(before[name] == value for name, value in changes.items()):
        return before
    return change.update(before, changes, "customer.subscription.updated")


def cancel(change: Change, params: Params, id_: str) -> Json:
    """DELETE /v1/subscriptions/{id}: it ends now; a second time there is no such subscription, as with Stripe."""
    params.only("cancellation_details", "invoice_now", "prorate")
    return _end(change, _alive(change, id_), _details(params))


def _end(change: Change, before: Json, details: Json) -> Json:
    changes = {
        "cancellation_details": before["cancellation_details"] | {"reason": "cancellation_requested"} | details,
        "canceled_at": before["canceled_at"] or change.at,
        "ended_at": change.at,
        "status": "canceled",
    }
    return change.update(before, changes, "customer.subscription.deleted")


def _alive(change: Change, id_: str) -> Json:
    found = change.store.get("subscription", id_)
    if found["status"] == "canceled":
        raise missing_resource("subscription", id_)
    return found


def _details(params: Params) -> Json:
    details = params.hash("cancellation_details")
    details.only("comment", "feedback")
    reasons = ("customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex")
    feedback = details.choice("feedback", *reasons, "too_expensive", "unused")
    known = {"comment": details.text("comment"), "feedback": feedback}
    return {name: value for name, value in known.items() if details.has(name)}


def _next_period(subscription: Json, item: Json) -> Json:
    begin, interval = item["current_period_end"], item["price"]["recurring"]["interval"]
    end = period_end(subscription["billing_cycle_anchor"], begin, interval)
    return item | {"current_period_start": begin, "current_period_end": end}


def _new(change: Change, session: Json) -> Json:
    id_ = new_id("sub")
    items = [_item(change, id_, line) for line in session["line_items"]["data"]]
    url = f"/v1/subscription_items?subscription={id_}"
    return {
        **dict.fromkeys(_ABSENT),
        "id": id_,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": change.at,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": dict.fromkeys(("comment", "feedback", "feedback_option", "reason")),
        "collection_method": "charge_automatically",
        "created": change.at,
        "currency": session["currency"],
        "customer": session["customer"],
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {"object": "list", "data": items, "has_more": False, "url": url},
        "livemode": False,
        "metadata": session["subscription_data"]["metadata"],
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "start_date": change.at,
        "status": "active",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }


def _item(change: Change, subscription_id: str, line: Json) -> Json:
    price = line["price"]
    return {
        "id": new_id("si", length=14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": change.at,
        "current_period_end": period_end(change.at, change.at, price["recurring"]["interval"]),
        "current_period_start": change.at,
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": line["quantity"],
        "subscription": subscription_id,
        "tax_rates": [],
    }
