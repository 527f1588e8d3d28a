from __future__ import annotations

from tools.stripe.change import Change, new_id
from tools.stripe.params import Params
from tools.stripe.store import Json

_TEXTS = ("description", "email", "name", "phone")
_KNOWN = (*_TEXTS, "metadata", "preferred_locales")


def create(change: Change, params: Params) -> Json:
    """POST /v1/customers."""
    params.only(*_KNOWN)
    texts = {name: params.text(name) for name in _TEXTS}
    locales = params.strings("preferred_locales")
    return register(change, {**texts, "preferred_locales": locales, "metadata": params.metadata("metadata")})


def update(change: Change, params: Params, id_: str) -> Json:
    """POST /v1/customers/{id}: what is sent is changed, an empty value clears."""
    params.only(*_KNOWN)
    before = change.store.get("customer", id_)
    changes: Json = {name: params.text(name) for name in _TEXTS if params.has(name)}
    if params.has("preferred_locales"):
        changes["preferred_locales"] = params.strings("preferred_locales")
    if params.has("metadata"):
        changes["metadata"] = params.metadata("metadata", existing=before["metadata"])
    if all(before[name] == value for name, value in changes.items()):
        return before
    return change.update(before, changes, "customer.updated")


def register(change: Change, known: Json) -> Json:
    """A new customer with the given fields, for the API and for Checkout."""
    customer = {
        **dict.fromkeys(("address", "currency", "customer_account", "default_source", "discount", "shipping")),
        **dict.fromkeys(("description", "email", "name", "phone", "test_clock")),
        "id": new_id("cus", length=14),
        "object": "customer",
        "balance": 0,
        "created": change.at,
        "delinquent": False,
        "invoice_prefix": new_id("x", length=8)[2:].upper(),
        "invoice_settings": {
            **dict.fromkeys(("custom_fields", "default_payment_method", "footer", "rendering_options")),
        },
        "livemode": False,
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
        **known,
    }
    return change.create(customer, "customer.created")
