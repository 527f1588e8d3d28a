from __future__ import annotations

from pathlib import Path

import pytest

from tools.stripe import catalog, checkout
from tools.stripe.change import Cause, Change
from tools.stripe.params import Params
from tools.stripe.store import Json, Store

OPENED = 1_800_000_000
A_DAY = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store(tmp_path / "stripe.sqlite3")
    catalog.seed(opened, at=OPENED)
    return opened


def change(store: Store, *, at: int) -> Change:
    return Change(store, Cause(at=at))


def open_session(store: Store, **more: str) -> Json:
    prices, _ = store.list("price")
    fields = {
        "mode": "subscription",
        "line_items": {"0": {"price": prices[0]["id"], "quantity": "1"}},
        "success_url": "http://localhost:8000/",
        **more,
    }
    return checkout.create(change(store, at=OPENED), Params(fields), base_url="http://127.0.0.1:1")


def test_after_a_day_a_session_expires_though_nobody_looks(store: Store) -> None:
    id_ = open_session(store)["id"]
    checkout.expire_all_due(change(store, at=OPENED + A_DAY - 1))
    assert store.get("checkout.session", id_)["status"] == "open"
    checkout.expire_all_due(change(store, at=OPENED + A_DAY))
    assert store.get("checkout.session", id_)["status"] == "expired"
    checkout.expire_all_due(change(store, at=OPENED + A_DAY))
    events, _ = store.list("event")
    assert [event["type"] for event in events] == ["checkout.session.expired"]


def test_a_session_whose_time_is_over_cannot_be_paid(store: Store) -> None:
    id_ = open_session(store, expires_at=str(OPENED + 1800))["id"]
    late = change(store, at=OPENED + 1800)
    assert checkout.pay(late, id_, "4242424242424242", base_url="http://127.0.0.1:1")["status"] == "expired"
    assert store.list("subscription") == ([], False)
