"""Senders that die, dawdle or work side by side: the same mail, never another one."""

import asyncio
from datetime import UTC, datetime

import pytest
from uuid_utils.compat import uuid7

from tests.notifications.mailserver import ACCEPTED, MailServer
from tests.notifications.service import Start, ada, become, change, rows_of

pytestmark = pytest.mark.thorough


async def test_a_crash_between_acceptance_and_record_sends_the_same_mail_again(
    start: Start, server: MailServer
) -> None:
    accepted = asyncio.Event()

    async def never_answer() -> str:
        accepted.set()
        await asyncio.Event().wait()
        return ACCEPTED

    server.on_mail = never_answer
    event = ada()
    async with start() as run:
        await run.happens(event)
        async with asyncio.timeout(20):
            await accepted.wait()
        [held] = await rows_of(run.database, event.user_id)
    server.hang_up()

    async def take() -> str:
        return ACCEPTED

    server.on_mail = take
    async with start() as run:
        # Nobody else takes the message before the dead sender's lease runs out: that is hurried here.
        await change(run.database, event.user_id, lent_under=held.lease, leased_until=datetime.now(UTC))
        row = await become(run, event.user_id, "sent")
    first, second = server.mails
    assert first.mail["Message-ID"] == second.mail["Message-ID"] == row.message_id
    assert first.content == second.content
    assert row.attempts == 2


async def test_two_replicas_send_each_mail_once(start: Start, server: MailServer) -> None:
    events = [ada() for _ in range(30)]
    async with start() as one, start() as other:
        for event in events:
            await one.happens(event)
        for event in events:
            await become(other, event.user_id, "sent")
    recipients = [mail.recipients[0] for mail in server.mails]
    assert sorted(recipients) == sorted(f"{event.user_id}@example.org" for event in events)


async def test_a_sender_that_lost_its_lease_leaves_the_record_to_who_took_over(
    start: Start, server: MailServer
) -> None:
    slow = asyncio.Event()
    arrived = asyncio.Event()

    async def slow_once() -> str:
        if len(server.mails) == 1:
            arrived.set()
            await slow.wait()
        return ACCEPTED

    server.on_mail = slow_once
    event = ada()
    async with start() as run:
        await run.happens(event)
        async with asyncio.timeout(20):
            await arrived.wait()
        [held] = await rows_of(run.database, event.user_id)
        # As if it had been frozen until somebody else's lease on the row ran out as well.
        await change(run.database, event.user_id, lent_under=held.lease, lease=uuid7(), leased_until=datetime.now(UTC))
        row = await become(run, event.user_id, "sent")
        slow.set()
        other = ada()
        await run.happens(other)
        await become(run, other.user_id, "sent")
        assert await rows_of(run.database, event.user_id) == [row]
    assert [mail.mail["Message-ID"] for mail in server.mails[:2]] == [row.message_id] * 2
