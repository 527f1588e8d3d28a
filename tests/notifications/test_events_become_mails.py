"""From an event to the mail in the recipient's server, through the real bus and database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from shared.dapr import SidecarError
from shared.db.notifications import bus as bus_tables
from shared.events.auth import RegistrationRepeated
from shared.events.payments import PaymentSucceeded
from shared.telemetry import current_traceparent
from tests.notifications.mailserver import ACCEPTED, MailServer
from tests.notifications.service import LINK, Start, ada, become, change, who

pytestmark = pytest.mark.thorough


async def nobody(_question: dict[str, Any]) -> dict[str, Any]:
    unknown = "https://codezest.dev/problems/user-unknown"
    raise SidecarError("POST through the sidecar was answered 404", status=404, problem_type=unknown)


async def test_a_registration_leads_to_the_welcome_mail_with_its_link(start: Start, server: MailServer) -> None:
    event = ada()
    async with start() as run:
        await run.happens(event)
        row = await become(run, event.user_id, "sent")
    [mail] = server.mails
    assert mail.recipients == [f"{event.user_id}@example.org"]
    assert mail.sender == "hello@codezest.local"
    assert LINK + str(row.id) in mail.text
    assert mail.mail["Message-ID"] == row.message_id == f"<{row.id}@localhost>"
    assert mail.mail["From"] == "CodeZest <hello@codezest.local>"
    assert (row.template, row.category, row.attempts) == ("welcome", "required", 1)


async def test_the_sender_is_woken_not_found_by_a_sweep(start: Start, server: MailServer) -> None:
    async with start(sweep_seconds=600) as run:
        for _ in range(3):
            event = ada()
            await run.happens(event)
            await become(run, event.user_id, "sent")
    assert len(server.mails) == 3


async def test_a_second_registration_tells_the_owner_of_the_account(start: Start, server: MailServer) -> None:
    event = RegistrationRepeated(user_id=uuid7())
    async with start() as run:
        await run.happens(event)
        await become(run, event.user_id, "sent")
    [mail] = server.mails
    assert mail.mail["Subject"] == "You already have a CodeZest account"
    assert LINK not in mail.text


async def test_a_payment_leads_to_a_receipt_with_the_amount(start: Start, server: MailServer) -> None:
    event = PaymentSucceeded(
        user_id=uuid7(), payment_id=uuid7(), invoice_number="CZ-0007", plan="pro", amount=190000, currency="EUR"
    )
    async with start() as run:
        await run.happens(event)
        row = await become(run, event.user_id, "sent")
    [mail] = server.mails
    assert "€1,900.00" in mail.text
    assert "CZ-0007" in mail.mail["Subject"]
    assert set(row.params) == {"invoice_number", "plan", "amount", "currency", "paid_at"}


async def test_an_event_that_is_applied_again_mails_nobody_again(start: Start, server: MailServer) -> None:
    event = ada()
    async with start() as run:
        first = await run.happens(event)
        await become(run, event.user_id, "sent")
        await run.bus.deliver(first)
        # Even when the source states it once more at another position, under the same event id.
        again = first.model_copy(update={"position": first.position + 1})
        run.logs["auth"].events.append(again)
        await run.bus.deliver(again)
        other = await run.happens(ada())
        await become(run, UUID(other.key), "sent")
    assert len(server.mails) == 2


async def test_a_replay_of_the_past_mails_nobody(start: Start, server: MailServer) -> None:
    old, new = ada(), ada()
    async with start() as run:
        await run.happens(old, at=datetime.now(UTC) - timedelta(hours=25))
        await run.happens(new)
        await become(run, new.user_id, "sent")
        skipped = await become(run, old.user_id, "skipped")
    assert skipped.sent_at is None
    assert len(server.mails) == 1


async def test_a_user_auth_does_not_know_is_not_waited_for(start: Start, server: MailServer) -> None:
    event = ada()
    async with start(nobody) as run:
        await run.happens(event)
        row = await become(run, event.user_id, "failed")
    assert row.last_error == f"auth knows no user {event.user_id}"
    assert server.mails == []


@pytest.mark.parametrize("kind", [None, "https://codezest.dev/problems/not-found"])
async def test_an_auth_without_the_route_is_waited_for(start: Start, kind: str | None) -> None:
    async def no_route(_question: Any) -> Any:
        raise SidecarError("POST through the sidecar was answered 404", status=404, problem_type=kind)

    event = ada()
    async with start(no_route) as run:
        await run.happens(event)
        row = await become(run, event.user_id, "postponed")
        await change(run.database, event.user_id, next_try_at=datetime.now(UTC) + timedelta(days=1))
    assert row.last_error == "POST through the sidecar was answered 404"


async def test_an_answer_that_is_not_as_agreed_is_kept_out_of_the_reason(start: Start) -> None:
    async def odd(_question: Any) -> Any:
        return {"address": 5, "name": "Ada", "locale": "en", "secret": "ada@example.org"}

    event = ada()
    async with start(odd) as run:
        await run.happens(event)
        row = await become(run, event.user_id, "postponed")
        await change(
            run.database, event.user_id, next_try_at=datetime.now(UTC) + timedelta(days=1)
        )  # not in later tests
    assert row.last_error == "auth's answer about the recipient is not as agreed: address, timezone"


async def test_a_refused_recipient_fails_without_the_address_in_the_reason(start: Start, server: MailServer) -> None:
    async def refuse() -> str:
        return "550 5.1.1 <ada@example.org> unknown"

    server.on_recipient = refuse
    event = ada()
    async with start() as run:
        await run.happens(event)
        row = await become(run, event.user_id, "failed")
    assert row.last_error == "the mail server refuses the recipient: 550 5.1.1"
    assert (row.lease, row.leased_until) == (None, None)


async def test_a_mail_server_that_comes_back_gets_the_mail(start: Start, server: MailServer) -> None:
    busy = "451 4.3.0 busy"

    async def busy_until_seen() -> str:
        return busy

    server.on_mail = busy_until_seen
    event = ada()
    async with start() as run:
        await run.happens(event)
        row = await become(run, event.user_id, "postponed")
        assert row.next_try_at > row.created_at
        busy = ACCEPTED
        await change(run.database, event.user_id, next_try_at=datetime.now(UTC))
        row = await become(run, event.user_id, "sent")
    assert row.attempts >= 2  # it may have been tried again before it was seen
    assert len({mail.mail["Message-ID"] for mail in server.mails}) == 1


async def test_the_mail_is_part_of_the_trace_of_its_event(start: Start) -> None:
    seen: list[str | None] = []

    async def who_and_where(question: dict[str, Any]) -> dict[str, Any]:
        seen.append(current_traceparent())
        return await who(question)

    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with start(who_and_where) as run:
        log = run.logs["auth"]
        stated = log.append(ada(), actor=None)
        log.events[-1] = stated.model_copy(update={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        await run.bus.deliver(log.events[-1])
        row = await become(run, UUID(stated.key), "sent")
    assert row.traceparent.split("-")[1] == trace
    assert [place.split("-")[1] for place in seen if place] == [trace]


async def test_nothing_was_parked_in_this_module(start: Start) -> None:
    async with start() as run, run.database.reading() as connection:
        assert (await connection.execute(select(bus_tables.parked))).all() == []
