import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from services.payments.domain.provider import Notice
from shared.db import payments as tables
from shared.events.auth import EmailVerified
from tests.payments.conftest import Service
from tests.payments.fakes import signed, webhook_body
from tests.payments.waiting import until

pytestmark = pytest.mark.thorough

V1 = "/api/payments/v1"


async def somebody_verified(service: Service) -> UUID:
    user_id = uuid7()
    await service.run.happens(EmailVerified(user_id=user_id), actor=user_id)
    return user_id


async def post(service: Service, user_id: UUID, key: str | None = "key-1", **body: Any) -> httpx.Response:
    key_header = {"idempotency-key": key} if key is not None else {}
    headers = httpx.Headers(service.run.sign_in(user_id) | key_header, encoding="latin-1")
    return await service.run.client.post(f"{V1}/checkouts", json={"plan": "pro_monthly", **body}, headers=headers)


async def get(service: Service, user_id: UUID, path: str) -> httpx.Response:
    return await service.run.client.get(f"{V1}/{path}", headers=service.run.sign_in(user_id))


async def webhook(service: Service, notice: Notice) -> None:
    body = webhook_body(notice)
    answer = await service.run.client.post(f"{V1}/stripe/webhook", content=body, headers=signed(body))
    assert answer.status_code == 200


async def webhooks(service: Service) -> None:
    for notice in service.provider.sent:
        await webhook(service, notice)


async def buys(service: Service, user_id: UUID) -> None:
    """They pay, and the webhooks have had their effect."""
    opened = await post(service, user_id)
    service.provider.pay(opened.json()["url"].rsplit("/", 1)[1])
    await webhooks(service)

    async def has_pro() -> bool:
        return bool((await get(service, user_id, "entitlements")).json()["tier"] == "pro")

    await until(has_pro, "Pro")


async def published(service: Service, count: int) -> list[dict[str, Any]]:
    """What was published, once it is `count` events: that happens after the commit which the API shows at once."""
    log = service.run.sidecar.published["payments"]

    async def enough() -> bool:
        return len(log) >= count

    await until(enough, f"{count} events to be published")
    return log


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[1]


async def test_a_checkout_leads_to_the_payment_page_and_can_be_looked_at(service: Service) -> None:
    ada = await somebody_verified(service)
    opened = await post(service, ada, plan="pro_yearly", success_url="http://localhost:8000/thanks")
    assert opened.status_code == 201
    checkout = opened.json()
    assert (checkout["plan"], checkout["amount"], checkout["currency"]) == ("pro_yearly", 19000, "EUR")
    assert checkout["url"].startswith("http://pay.example/")
    seen = (await service.run.client.get(opened.headers["location"], headers=service.run.sign_in(ada))).json()
    assert (seen["id"], seen["status"], seen["url"]) == (checkout["id"], "open", checkout["url"])
    order = service.provider._orders[checkout["url"].rsplit("/", 1)[1]]
    assert order.success_url == "http://localhost:8000/thanks"
    assert order.cancel_url == "http://localhost:8000/?checkout=cancelled"


async def test_a_purchase_opens_pro_once_the_webhooks_are_in(service: Service) -> None:
    ada = await somebody_verified(service)
    assert (await get(service, ada, "entitlements")).json() == {"tier": "free", "since": None}
    assert problem(await get(service, ada, "subscription")) == (404, "no-subscription")
    await buys(service, ada)
    subscription = (await get(service, ada, "subscription")).json()
    assert (subscription["plan"], subscription["status"]) == ("pro_monthly", "active")
    checkout = (await post(service, ada)).json()
    assert (await get(service, ada, f"checkouts/{checkout['id']}")).json()["status"] == "complete"
    assert problem(await post(service, ada, "key-2")) == (409, "already-subscribed")
    events = await published(service, 3)
    assert [event["type"] for event in events] == [
        "payments.subscription-activated.v1",
        "payments.payment-succeeded.v1",
        "payments.entitlement-granted.v1",
    ]
    assert {event["actor"] for event in events} == {str(ada)}


async def test_a_hundred_copies_of_a_webhook_at_once_have_one_effect(service: Service) -> None:
    ada = await somebody_verified(service)
    opened = await post(service, ada)
    service.provider.pay(opened.json()["url"].rsplit("/", 1)[1])
    await asyncio.gather(*(webhook(service, service.provider.sent[-1]) for _ in range(100)))

    async def is_settled() -> bool:
        async with service.run.database.reading() as connection:
            waiting = await connection.scalar(select(func.count()).select_from(tables.stripe_dirty))
        return waiting == 0 and len(service.run.sidecar.published["payments"]) >= 3

    await until(is_settled, "the worker")
    assert len(service.run.sidecar.published["payments"]) == 3
    assert service.provider.asked.count("customer") == 1
    async with service.run.database.reading() as connection:
        mine = select(func.count()).select_from(tables.payment).where(tables.payment.c.user_id == ada)
        assert await connection.scalar(mine) == 1


async def test_the_same_request_is_answered_with_the_same_bytes(service: Service) -> None:
    ada = await somebody_verified(service)
    several = await asyncio.gather(*(post(service, ada) for _ in range(20)))
    again = await post(service, ada)
    assert {answer.status_code for answer in (*several, again)} == {201}
    assert len({answer.content for answer in (*several, again)}) == 1
    assert service.provider.asked.count("open_session") == 1


async def test_another_request_under_the_same_key_is_refused(service: Service) -> None:
    ada = await somebody_verified(service)
    await post(service, ada)
    assert problem(await post(service, ada, plan="pro_yearly")) == (422, "idempotency-key-reused")
    assert problem(await post(service, ada, success_url="http://localhost:8000/x")) == (422, "idempotency-key-reused")


async def test_two_keys_at_once_lead_to_one_page_and_each_is_answered_alike_for_ever(service: Service) -> None:
    ada = await somebody_verified(service)
    keys = [f"key-{number}" for number in range(10)]
    several = await asyncio.gather(*(post(service, ada, key) for key in keys))
    again = [await post(service, ada, key) for key in keys]
    assert {answer.status_code for answer in (*several, *again)} == {201}
    assert len({answer.content for answer in (*several, *again)}) == 1
    assert service.provider.asked.count("open_session") == 1


async def test_a_page_that_was_closed_for_another_plan_is_shown_as_expired(service: Service) -> None:
    ada = await somebody_verified(service)
    monthly = (await post(service, ada)).json()
    yearly = (await post(service, ada, "key-2", plan="pro_yearly")).json()
    seen = [(await get(service, ada, f"checkouts/{one['id']}")).json() for one in (monthly, yearly)]
    assert [(one["status"], one["url"]) for one in seen] == [("expired", None), ("open", yearly["url"])]


async def test_another_plan_right_after_paying_is_refused(service: Service) -> None:
    ada = await somebody_verified(service)
    service.provider.pay((await post(service, ada)).json()["url"].rsplit("/", 1)[1])
    refused = await post(service, ada, "key-2", plan="pro_yearly")
    assert problem(refused) == (409, "payment-under-way")
    assert refused.headers["retry-after"] == "5"


@pytest.mark.parametrize("key", ["k", "k" * 255, "8f0c2b0e 5f0e~!"])
async def test_a_key_is_up_to_255_printable_ascii_characters(service: Service, key: str) -> None:
    assert (await post(service, await somebody_verified(service), key)).status_code == 201


@pytest.mark.parametrize("key", [None, "", "k" * 256, "k\u00e9y", "key\t1"])
async def test_without_a_usable_key_the_header_is_named(service: Service, key: str | None) -> None:
    answer = await post(service, await somebody_verified(service), key)
    assert problem(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["header.idempotency-key"]


async def test_an_address_on_another_site_is_refused(service: Service) -> None:
    answer = await post(service, await somebody_verified(service), cancel_url="http://evil.example/")
    assert problem(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["body.cancel_url"]


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800"])
@pytest.mark.parametrize("field", ["plan", "success_url", "cancel_url"])
async def test_what_is_no_text_is_a_bad_request_and_not_a_crash(service: Service, field: str, odd: str) -> None:
    ada = await somebody_verified(service)
    good = {"plan": "pro_monthly", "success_url": "http://localhost:8000/x", "cancel_url": "http://localhost:8000/y"}
    answer = await service.run.client.post(
        f"{V1}/checkouts",
        content=json.dumps(good | {field: good[field] + "ODD"}).replace("ODD", odd),
        headers={**service.run.sign_in(ada), "idempotency-key": "key-1", "content-type": "application/json"},
    )
    assert problem(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [f"body.{field}"]


@pytest.mark.parametrize("body", [{"plan": "free"}, {"plan": "gold"}, {"coupon": "x"}])
async def test_what_is_not_sold_or_not_known_is_refused(service: Service, body: dict[str, str]) -> None:
    assert problem(await post(service, await somebody_verified(service), **body)) == (422, "invalid")


async def test_an_unverified_address_is_told_to_try_again_in_a_second(service: Service) -> None:
    ada = uuid7()
    answer = await post(service, ada)
    assert problem(answer) == (403, "email-not-verified")
    assert answer.headers["retry-after"] == "1"
    await service.run.happens(EmailVerified(user_id=ada))
    await service.run.happens(EmailVerified(user_id=ada))
    assert (await post(service, ada)).status_code == 201


async def test_with_the_provider_away_nothing_is_bought_and_the_key_can_be_used_again(service: Service) -> None:
    ada = await somebody_verified(service)
    service.provider.away = True
    assert problem(await post(service, ada)) == (503, "payment-provider-unavailable")
    service.provider.away = False
    assert (await post(service, ada)).status_code == 201


async def test_everybody_sees_their_own_alone(service: Service) -> None:
    ada = await somebody_verified(service)
    await buys(service, ada)
    checkout = (await post(service, ada)).json()["id"]
    mallory = await somebody_verified(service)
    assert problem(await get(service, mallory, f"checkouts/{checkout}")) == (404, "no-checkout")
    assert problem(await get(service, mallory, "subscription")) == (404, "no-subscription")
    assert (await get(service, mallory, "entitlements")).json()["tier"] == "free"


@pytest.mark.parametrize("path", ["subscription", "entitlements", "checkouts/01a20400-0000-7000-8000-000000000001"])
async def test_strangers_see_nothing(service: Service, path: str) -> None:
    assert problem(await service.run.client.get(f"{V1}/{path}")) == (401, "unauthenticated")
    headers = {"idempotency-key": "key-1"}
    refused = await service.run.client.post(f"{V1}/checkouts", json={"plan": "pro_monthly"}, headers=headers)
    assert problem(refused) == (401, "unauthenticated")
