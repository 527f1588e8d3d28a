"""How a stored object looks from outside: what the API leaves out unless asked, and what `expand` fills in."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tools.stripe.errors import StripeError
from tools.stripe.store import Json, Store

_ON_REQUEST = {"checkout.session": {"line_items"}, "invoice": {"payments"}}
_NEVER = {"checkout.session": {"subscription_data"}}
_DEEPEST = 4


def shown(obj: Json) -> Json:
    """A copy without the fields that Stripe shows on request only, and those that are none of Stripe's."""
    kind = obj["object"]
    left_out = _ON_REQUEST.get(kind, set()) | _NEVER.get(kind, set())
    return {name: deepcopy(value) for name, value in obj.items() if name not in left_out}


def page(url: str, objects: list[Json], *, has_more: bool) -> Json:
    """Stripe's list envelope."""
    return {"object": "list", "data": [shown(obj) for obj in objects], "has_more": has_more, "url": url}


def expand(store: Store, obj: Json, paths: list[str]) -> Json:
    """Replace ids by their objects along paths such as `latest_invoice.payments` or `data.product`, in place.

    Raises StripeError for a path that leads nowhere, or deeper than four levels.
    """
    for path in paths:
        names = path.split(".")
        if len(names) > _DEEPEST:
            raise StripeError(400, f"You cannot expand more than {_DEEPEST} levels of a property ({path}).")
        _expand(store, obj, names, path)
    return obj


def _expand(store: Store, node: Json, names: list[str], path: str) -> None:
    name, *rest = names
    if name in _ON_REQUEST.get(node.get("object", ""), set()) and name not in node:
        stored = store.find(node["id"]) or {}
        node[name] = deepcopy(stored.get(name, {"object": "list", "data": [], "has_more": False, "url": ""}))
    children = node.get(name, "") if name in node else ""
    if isinstance(children, str):
        children = node[name] = _object(store, children, path)
    for child in children if isinstance(children, list) else [children]:
        if rest and child is not None:
            _expand(store, child, rest, path)


def _object(store: Store, id_: str, path: str) -> Any:
    found = store.find(id_)
    if found is None:
        raise StripeError(400, f"This property cannot be expanded ({path}).", param="expand")
    return shown(found)
