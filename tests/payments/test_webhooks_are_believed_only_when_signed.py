import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.payments.domain.provider import Notice
from shared.db import payments as tables
from tests.payments.conftest import Service
from tests.payments.fakes import signed, webhook_body

WEBHOOK = "/api/payments/v1/stripe/webhook"
NOTICE = Notice(event_id="evt_1", type="invoice.paid", customer_id="cus_1", created_at=datetime.now(UTC))
BODY = webhook_body(NOTICE)


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


async def noted(service: Service) -> int:
    async with service.run.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(tables.stripe_event)) or 0


REFUSED: dict[str, tuple[bytes, dict[str, str]]] = {
    "no signature": (BODY, {}),
    "an empty one": (BODY, {"stripe-signature": ""}),
    "nonsense": (BODY, {"stripe-signature": "nonsense"}),
    "no version we know": (BODY, {"stripe-signature": f"t={int(ago(0).timestamp())},v0=00"}),
    "another secret": (BODY, signed(BODY, secret="whsec_of_mallory")),
    "another body": (BODY.replace(b"cus_1", b"cus_2"), signed(BODY)),
    "the same with a space": (BODY + b" ", signed(BODY)),
    "signed 301 s ago": (BODY, signed(BODY, at=ago(301))),
    "no ASCII": (BODY, {"stripe-signature": f"t={int(ago(0).timestamp())},v1=\xe9"}),
    "a body that is no text": (b"\xff\xfe", {"stripe-signature": f"t={int(ago(0).timestamp())},v1=00"}),
    "no JSON": (b"hello", signed(b"hello")),
    "a list": (b"[]", signed(b"[]")),
    "no event": (b"{}", signed(b"{}")),
    "a thin event": (b'{"object":"v2.core.event"}', signed(b'{"object":"v2.core.event"}')),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_stripe_did_not_sign_just_now_is_refused(service: Service, what: str) -> None:
    body, headers = REFUSED[what]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await service.run.client.post(WEBHOOK, content=body, headers=raw)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/webhook-refused")
    assert await noted(service) == 0


async def test_what_stripe_signed_is_noted_once(service: Service) -> None:
    for at in (ago(290), ago(0)):
        answer = await service.run.client.post(WEBHOOK, content=BODY, headers=signed(BODY, at=at))
        assert (answer.status_code, answer.content) == (200, b"")
    assert await noted(service) == 1


async def test_while_secrets_are_exchanged_one_good_signature_of_several_is_enough(service: Service) -> None:
    good = signed(BODY)["stripe-signature"]
    headers = {"stripe-signature": f"{good.split(',', maxsplit=1)[0]},v1=00ff,{good.split(',')[1]}"}
    assert (await service.run.client.post(WEBHOOK, content=BODY, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("about", "customer"),
    [
        ({"object": "customer", "id": "cus_9"}, "cus_9"),
        ({"object": "invoice", "id": "in_9", "customer": "cus_9"}, "cus_9"),
        ({"object": "invoice", "id": "in_9", "customer": {"object": "customer", "id": "cus_9"}}, "cus_9"),
        ({"object": "checkout.session", "id": "cs_9", "customer": None}, None),
        ({"object": "price", "id": "price_9"}, None),
    ],
)
async def test_of_an_event_only_its_customer_matters(
    service: Service, about: dict[str, Any], customer: str | None
) -> None:
    event_id = f"evt_{about['object']}_{type(about.get('customer')).__name__}"
    event = {"id": event_id, "object": "event", "type": "x", "created": 1, "data": {"object": about}}
    body = json.dumps(event).encode()
    assert (await service.run.client.post(WEBHOOK, content=body, headers=signed(body))).status_code == 200
    found = select(tables.stripe_event.c.customer_id).where(tables.stripe_event.c.event_id == event_id)
    async with service.run.database.reading() as connection:
        assert await connection.scalar(found) == customer
