from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
import stripe

from tests.stripe.running import API_KEY, Shop
from tools.stripe.settings import API_VERSION

pytestmark = pytest.mark.thorough


def test_the_standin_speaks_the_version_of_the_installed_library() -> None:
    assert stripe.api_version == API_VERSION


async def test_a_forged_or_missing_key_is_refused(shop: Shop) -> None:
    mallory = shop.standin.client(key="sk_test_guessed")
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided"):
        await mallory.v1.customers.create_async({"email": "mallory@example.org"})
    await shop.standin.close_client(mallory)
    answer = await shop.browser.get("/v1/prices")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    found = await shop.client.v1.customers.list_async({"email": "mallory@example.org"})
    assert found.data == []


async def test_the_catalogue_has_pro_by_the_month_and_by_the_year(shop: Shop) -> None:
    prices = await shop.client.v1.prices.list_async({"expand": ["data.product"]})
    offered = {
        price.lookup_key: (price.unit_amount, price.currency, price.recurring and price.recurring.interval)
        for price in prices.data
    }
    assert offered == {"pro_monthly": (1900, "eur", "month"), "pro_yearly": (19000, "eur", "year")}
    product = prices.data[0].product
    assert isinstance(product, stripe.Product)
    assert product.name == "CodeZest Pro"
    yearly = await shop.client.v1.prices.list_async({"lookup_keys": ["pro_yearly"], "active": True})
    assert [price.lookup_key for price in yearly.data] == ["pro_yearly"]
    assert (await shop.client.v1.prices.list_async({"active": False})).data == []


async def test_the_same_idempotency_key_gives_the_first_answer_byte_for_byte(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "key-of-ada"}
    answers = await asyncio.gather(
        *(shop.browser.post("/v1/customers", data={"email": "ada@example.org"}, headers=headers) for _ in range(10))
    )
    assert len({answer.content for answer in answers}) == 1
    replays = [answer for answer in answers if answer.headers.get("Idempotent-Replayed") == "true"]
    assert len(replays) == 9
    assert len({answer.headers["Original-Request"] for answer in answers}) == 1
    assert len({answer.headers["Request-Id"] for answer in answers}) == 10


async def test_an_idempotency_key_survives_kill_9(own_shop: Shop) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "key-before-the-kill"}
    first = await own_shop.client.v1.customers.create_async({"email": "ada@example.org"}, options)
    own_shop.standin.kill()
    await own_shop.standin.start()
    second = await own_shop.client.v1.customers.create_async({"email": "ada@example.org"}, options)
    assert first.id == second.id
    assert len((await own_shop.client.v1.customers.list_async()).data) == 1


async def test_an_idempotency_key_with_other_parameters_is_an_error(shop: Shop) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "key-of-brian"}
    await shop.client.v1.customers.create_async({"email": "brian@example.org"}, options)
    with pytest.raises(stripe.IdempotencyError, match="only be used with the same parameters"):
        await shop.client.v1.customers.create_async({"email": "grace@example.org"}, options)


async def test_a_refused_request_does_not_use_its_idempotency_key_up(shop: Shop) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "key-of-grace"}
    session = await shop.open_session()
    with pytest.raises(stripe.InvalidRequestError):
        await shop.client.v1.checkout.sessions.create_async({"mode": "subscription"}, options)
    customer = await shop.client.v1.customers.create_async({"email": "grace@example.org"}, options)
    assert customer.id != session.customer


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"mode": None}, "parameter_missing", "mode"),
        ({"mode": "payment"}, "parameter_invalid", "mode"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "resource_missing", "line_items[0][price]"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"currency": "eur"}, "parameter_unknown", "currency"),
        ({"expires_at": 1}, "parameter_invalid", "expires_at"),
        ({"metadata": {"k": "v" * 501}}, "parameter_invalid", "metadata[k]"),
        ({"expand": ["nothing"]}, None, "expand"),
    ],
)
async def test_a_wrong_session_is_refused_by_name(shop: Shop, wrong: dict[str, object], code: str, param: str) -> None:
    prices = await shop.client.v1.prices.list_async()
    right: dict[str, object] = {
        "mode": "subscription",
        "line_items": [{"price": prices.data[0].id, "quantity": 1}],
        "success_url": "http://localhost:8000/",
    }
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.client.v1.checkout.sessions.create_async({**right, **wrong})  # type: ignore[arg-type]  # wrong on purpose
    assert (refused.value.code, refused.value.param) == (code, param)


async def test_an_unknown_id_or_address_is_a_404_in_stripes_shape(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription: 'sub_none'") as missing:
        await shop.client.v1.subscriptions.retrieve_async("sub_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        await shop.client.v1.coupons.list_async()


async def test_another_api_version_is_refused_with_the_remedy(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "Stripe-Version": "2020-08-27"}
    answer = await shop.browser.get("/v1/prices", headers=headers)
    assert answer.status_code == 400
    assert f"speaks {API_VERSION} only" in answer.json()["error"]["message"]


async def test_events_are_listed_newest_first_in_pages_that_meet(shop: Shop) -> None:
    for number in range(7):
        await shop.client.v1.customers.create_async({"name": f"Ada {number}"})
    client, wanted = shop.client.v1.events, "customer.*"
    everything = (await client.list_async({"type": wanted, "limit": 100})).data
    first = await client.list_async({"type": wanted, "limit": 3})
    second = await client.list_async({"type": wanted, "limit": 3, "starting_after": first.data[-1].id})
    back = await client.list_async({"type": wanted, "limit": 3, "ending_before": second.data[0].id})
    ids = [event.id for event in everything]
    assert [event.id for event in (*first.data, *second.data)] == ids[:6]
    assert [event.id for event in back.data] == ids[:3]
    assert (first.has_more, back.has_more) == (True, False)
    walked = [event.id async for event in first.auto_paging_iter()]
    assert walked == ids


async def test_events_are_filtered_by_types_and_time(shop: Shop) -> None:
    await shop.subscribe()
    client = shop.client.v1.events
    paid = (await client.list_async({"types": ["invoice.paid", "charge.succeeded"], "limit": 100})).data
    assert {event.type for event in paid} == {"invoice.paid", "charge.succeeded"}
    newest = paid[0]
    assert (await client.retrieve_async(newest.id)).type == newest.type
    later = await client.list_async({"created": {"gt": newest.created + 60}})
    assert later.data == []
    since = await client.list_async({"created": {"gte": newest.created}, "types": [newest.type]})
    assert newest.id in {event.id for event in since.data}
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        await client.list_async({"starting_after": "evt_none"})


async def test_a_customer_can_be_changed_and_metadata_is_merged(shop: Shop) -> None:
    customer = await shop.client.v1.customers.create_async(
        {"email": "ada@example.org", "metadata": {"a": "1", "b": "2"}}
    )
    changed = await shop.client.v1.customers.update_async(
        customer.id, {"email": "ada@example.com", "metadata": {"b": "", "c": "3"}}
    )
    assert changed.email == "ada@example.com"
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}


async def test_it_listens_on_loopback_only_and_answers_to_local_names_only(shop: Shop) -> None:
    assert shop.standin._process is not None
    connections = psutil.Process(shop.standin._process.pid).net_connections()
    listening = {connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN}
    assert {(address.ip, address.port) for address in listening} == {("127.0.0.1", shop.standin.port)}
    rebound = await shop.browser.get("/", headers={"Host": "mallory.example"})
    assert rebound.status_code == 400


@pytest.mark.parametrize("missing", ["STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_WEBHOOK_URL"])
def test_without_a_setting_it_says_which_and_does_not_start(missing: str, tmp_path: Path) -> None:
    settings = {
        "STRIPE_API_KEY": API_KEY,
        "STRIPE_WEBHOOK_SECRET": "whsec_x",
        "STRIPE_WEBHOOK_URL": "http://127.0.0.1:9/",
    }
    environment = {**os.environ, **settings, missing: ""}
    command = [sys.executable, "-m", "tools.stripe", "--port", "1", "--home", str(tmp_path / "home")]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 2
    assert f"{missing} is not set" in ended.stderr
    assert not (tmp_path / "home").exists()


async def test_a_taken_port_is_said_and_leaves_no_data(shop: Shop, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "STRIPE_API_KEY": API_KEY,
        "STRIPE_WEBHOOK_SECRET": "whsec_x",
        "STRIPE_WEBHOOK_URL": "http://127.0.0.1:9/",
    }
    home = tmp_path / "home"
    command = [sys.executable, "-m", "tools.stripe", "--port", str(shop.standin.port), "--home", str(home)]
    ended = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{shop.standin.port}" in ended.stderr
    assert not home.exists()


async def test_the_overview_lists_what_happened(shop: Shop) -> None:
    subscription = await shop.subscribe()
    page: httpx.Response = await shop.browser.get("/")
    for text in (subscription.id, subscription.customer, "checkout.session.completed", "Send again"):
        assert text in page.text
