"""GET of one object and of lists, for every kind the stand-in keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from tools.stripe import deliveries
from tools.stripe.errors import invalid_param
from tools.stripe.params import Params
from tools.stripe.store import Json, Store, Where, Window
from tools.stripe.views import page, shown

_MOST_PER_PAGE: Final = 100
_CURSORS: Final = ("created", "ending_before", "limit", "starting_after")
_RANGE: Final[dict[str, Literal["<", "<=", ">", ">="]]] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class Resource:
    """A kind of object, its address, and which list parameters filter on which of its fields."""

    kind: str
    path: str
    equals: dict[str, str] = field(default_factory=dict)
    one_of: dict[str, str] = field(default_factory=dict)


RESOURCES: Final = (
    Resource("charge", "/v1/charges", {"customer": "$.customer", "payment_intent": "$.payment_intent"}),
    Resource(
        "checkout.session",
        "/v1/checkout/sessions",
        {"customer": "$.customer", "subscription": "$.subscription", "status": "$.status"},
    ),
    Resource("customer", "/v1/customers", {"email": "$.email"}),
    Resource("event", "/v1/events", one_of={"types": "$.type"}),
    Resource(
        "invoice",
        "/v1/invoices",
        {
            "customer": "$.customer",
            "subscription": "$.parent.subscription_details.subscription",
            "status": "$.status",
        },
    ),
    Resource("invoice_payment", "/v1/invoice_payments", {"invoice": "$.invoice", "status": "$.status"}),
    Resource("payment_intent", "/v1/payment_intents", {"customer": "$.customer"}),
    Resource("payment_method", "/v1/payment_methods", {"customer": "$.customer", "type": "$.type"}),
    Resource(
        "price",
        "/v1/prices",
        {"currency": "$.currency", "product": "$.product", "type": "$.type"},
        one_of={"lookup_keys": "$.lookup_key"},
    ),
    Resource("product", "/v1/products"),
    Resource("subscription", "/v1/subscriptions", {"customer": "$.customer"}),
)


def retrieve(store: Store, resource: Resource, params: Params, id_: str) -> Json:
    """GET of one object. Raises StripeError (404, resource_missing)."""
    params.only()
    found = shown(store.get(resource.kind, id_))
    return deliveries.with_pending(store, found) if resource.kind == "event" else found


def listed(store: Store, resource: Resource, params: Params) -> Json:
    """GET of a list: filtered, newest first, in pages."""
    special = {"price": ("active",), "product": ("active",), "event": ("type",), "subscription": ("status",)}
    params.only(*_CURSORS, *resource.equals, *resource.one_of, *special.get(resource.kind, ()))
    objects, has_more = store.list(resource.kind, _conditions(resource, params), _window(params))
    if resource.kind == "event":
        objects = [deliveries.with_pending(store, event) for event in objects]
    return page(resource.path, objects, has_more=has_more)


def _conditions(resource: Resource, params: Params) -> list[Where]:
    equals = [(path, params.text(name)) for name, path in resource.equals.items()]
    one_of = [(path, params.strings(name)) for name, path in resource.one_of.items()]
    found = [Where(path, "=", value) for path, value in equals if value is not None]
    found += [Where(path, "in", tuple(values)) for path, values in one_of if values]
    found += _created(params)
    if resource.kind in {"price", "product"} and (active := params.boolean("active")) is not None:
        found.append(Where("$.active", "=", int(active)))
    if resource.kind == "event" and (event_type := params.text("type")) is not None:
        found.append(Where("$.type", "glob", event_type))
    if resource.kind == "subscription":
        found += _subscription_status(params.text("status"))
    return found


def _created(params: Params) -> list[Where]:
    if not params.is_hash("created"):
        exact = params.integer("created")
        return [] if exact is None else [Where("$.created", "=", exact)]
    inner = params.hash("created")
    inner.only(*_RANGE)
    bounds = [(_RANGE[name], inner.integer(name)) for name in _RANGE]
    return [Where("$.created", operator, value) for operator, value in bounds if value is not None]


def _subscription_status(status: str | None) -> list[Where]:
    """Without a wish Stripe leaves the cancelled ones out."""
    if status == "all":
        return []
    if status is None:
        return [Where("$.status", "!=", "canceled")]
    return [Where("$.status", "=", "canceled" if status == "ended" else status)]


def _window(params: Params) -> Window:
    limit = params.integer("limit")
    if limit is not None and not 1 <= limit <= _MOST_PER_PAGE:
        raise invalid_param("limit", f"Invalid limit: must be from 1 to {_MOST_PER_PAGE}.")
    after, before = params.text("starting_after"), params.text("ending_before")
    if after is not None and before is not None:
        raise invalid_param("ending_before", "You may only specify one of starting_after and ending_before.")
    return Window(limit=10 if limit is None else limit, after=after, before=before)
