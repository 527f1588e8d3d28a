"""One change: objects and the events that tell of them, in one transaction."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Any

from tools.stripe import deliveries
from tools.stripe.settings import API_VERSION
from tools.stripe.store import Json, Store
from tools.stripe.views import shown

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, *, length: int = 24) -> str:
    """An id that looks like Stripe's, such as `cus_` and 24 letters or digits."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(frozen=True, kw_only=True)
class Cause:
    """When a change happens (Unix seconds) and which API request asked for it; None for a click on a page."""

    at: int
    request_id: str | None = None
    idempotency_key: str | None = None


class Change:
    """Used inside `store.transaction()` only."""

    def __init__(self, store: Store, cause: Cause) -> None:
        self.store = store
        self.at = cause.at
        self._request = {"id": cause.request_id, "idempotency_key": cause.idempotency_key}

    def create(self, obj: Json, *event_types: str) -> Json:
        """Save a new object and tell of it."""
        self.store.save(obj)
        for event_type in event_types:
            self._emit(event_type, obj)
        return obj

    def update(self, before: Json, changes: Json, *event_types: str) -> Json:
        """Save the object with `changes` applied and tell of it. Returns the new object; `before` stays as it is."""
        after = {**before, **changes}
        self.store.save(after)
        for event_type in event_types:
            # Only Stripe's `*.updated` events carry what the object was before.
            is_update = event_type.endswith(".updated")
            self._emit(event_type, after, previous_attributes(before, after) if is_update else None)
        return after

    def _emit(self, event_type: str, obj: Json, previous: Json | None = None) -> None:
        snapshot = shown(obj)
        event: Json = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.at,
            "data": {"object": snapshot} | ({} if previous is None else {"previous_attributes": previous}),
            "livemode": False,
            "pending_webhooks": 1,
            "request": self._request,
            "type": event_type,
        }
        self.store.save(event)
        deliveries.enqueue(self.store, event["id"], at=self.at)


def previous_attributes(before: Json, after: Json) -> Json:
    """The old values of what differs; of nested hashes only the keys that differ, as Stripe writes it."""
    return {key: _old(before.get(key), value) for key, value in after.items() if before.get(key) != value}


def _old(before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        return previous_attributes(before, after)
    return before
