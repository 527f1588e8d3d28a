"""GET /api/notifications/v1/messages."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.notifications.api.messages import MessagesShown
from services.notifications.main import create_app
from services.notifications.settings import Settings
from shared.events.auth import UserCreated
from shared.events.payments import PaymentSucceeded
from tests.running import Running, running

MESSAGES = "/api/notifications/v1/messages"
ADA, MALLORY = uuid7(), uuid7()


@pytest.fixture(scope="module")
async def run(database_url: str) -> AsyncIterator[Running]:
    async with running(create_app, Settings, database_url) as service:
        long_ago = datetime.now(UTC) - timedelta(days=30)
        await service.happens(UserCreated(user_id=ADA, name="Ada", locale="en", timezone="UTC"), at=long_ago)
        paid = PaymentSucceeded(
            user_id=ADA, payment_id=uuid7(), invoice_number="CZ-1", plan="pro", amount=1900, currency="EUR"
        )
        await service.happens(paid, at=long_ago)
        yield service


async def listed(run: Running, **params: Any) -> MessagesShown:
    answer = await run.client.get(MESSAGES, headers=run.sign_in(ADA), params=params)
    assert answer.status_code == HTTPStatus.OK
    return MessagesShown.model_validate(answer.json())


async def test_people_see_their_own_messages_newest_first(run: Running) -> None:
    shown = await listed(run)
    assert [(item.template, item.state, item.sent_at) for item in shown.items] == [
        ("receipt", "skipped", None),
        ("welcome", "skipped", None),
    ]


async def test_no_words_and_no_parameters_are_shown(run: Running) -> None:
    answer = await run.client.get(MESSAGES, headers=run.sign_in(ADA))
    assert set(answer.json()["items"][0]) == {"id", "template", "state", "created_at", "sent_at"}


async def test_a_limit_is_kept(run: Running) -> None:
    assert [item.template for item in (await listed(run, limit=1)).items] == ["receipt"]


async def test_pages_follow_each_other_to_the_end(run: Running) -> None:
    first = await listed(run, limit=1)
    second = await listed(run, limit=1, after=first.next)
    assert [item.template for item in (*first.items, *second.items)] == ["receipt", "welcome"]
    assert second.next is None


async def test_a_cursor_of_somebody_else_is_refused(run: Running) -> None:
    theirs = (await listed(run, limit=1)).next
    answer = await run.client.get(MESSAGES, headers=run.sign_in(MALLORY), params={"after": theirs})
    assert answer.json()["type"].endswith("/cursor-invalid")


async def test_nobody_sees_the_messages_of_others(run: Running) -> None:
    answer = await run.client.get(MESSAGES, headers=run.sign_in(MALLORY), params={"user_id": str(ADA)})
    assert answer.json() == {"items": [], "next": None}


async def test_strangers_are_sent_to_sign_in(run: Running) -> None:
    assert (await run.client.get(MESSAGES)).status_code == HTTPStatus.UNAUTHORIZED
