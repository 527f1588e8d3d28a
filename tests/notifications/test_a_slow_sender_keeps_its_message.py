"""Two replicas in hurried time: one is slow or dies over a mail, the other looks every second for what is due."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from services.notifications.domain.messages import Message, queue_message
from services.notifications.domain.sending import Recipient, Sender
from shared.lease import LEASE
from tests.hurry import at, hurry, now
from tests.notifications.fakes import HOST, Clock, FakeRecipients, FakeUow, make_desk, make_intent, untraced


@dataclass
class SlowMailer:
    """Takes `seconds` over each mail, and names those it has taken."""

    seconds: float
    taken: list[str] = field(default_factory=list)

    async def send(self, message: Message, _recipient: Recipient) -> None:
        await asyncio.sleep(self.seconds)
        self.taken.append(message.message_id)


def a_message() -> Message:
    rows: list[Message] = []
    clock = Clock(at=at(0))
    hurry(queue_message(FakeUow(rows), make_intent(clock), desk=make_desk(clock)))
    return rows[0]


def sender(message: Message, mailer: SlowMailer) -> Sender:
    return Sender(
        uow=lambda: FakeUow([message]),
        recipients=FakeRecipients(),
        mailer=mailer,
        traced=untraced,
        counted=lambda _state: None,
        now=now,
        new_id=uuid7,
    )


async def looks_every_second(replica: Sender) -> None:
    while True:
        await asyncio.sleep(1)
        await replica.send_due()


@pytest.mark.parametrize("seconds", [1, 25])
def test_a_mail_server_that_answers_late_gets_the_mail_once(seconds: float) -> None:
    async def story() -> None:
        other = asyncio.create_task(looks_every_second(sender(message, quick)))
        await sender(message, slow).send_due()
        other.cancel()

    message, slow, quick = a_message(), SlowMailer(seconds), SlowMailer(0)
    hurry(story())
    assert (slow.taken, quick.taken) == ([message.message_id], [])
    assert (message.state, message.attempts, message.sent_at) == ("sent", 1, at(seconds))


def test_what_a_sender_that_died_had_in_hand_is_taken_up_within_seconds() -> None:
    async def story() -> None:
        dying = asyncio.create_task(sender(message, slow).send_due())
        await asyncio.sleep(12.5)
        dying.cancel()
        other = asyncio.create_task(looks_every_second(sender(message, quick)))
        await asyncio.sleep(LEASE.total_seconds() + 1)
        other.cancel()

    message, slow, quick = a_message(), SlowMailer(25), SlowMailer(0)
    hurry(story())
    assert (slow.taken, quick.taken) == ([], [message.message_id])
    assert (message.state, message.attempts) == ("sent", 2)
    assert message.sent_at is not None
    assert message.sent_at <= at(12.5) + LEASE + timedelta(seconds=1)


def test_a_mail_server_that_never_answers_is_given_a_minute() -> None:
    message = a_message()
    hurry(sender(message, SlowMailer(3600)).send_due())
    assert (message.state, message.attempts, message.last_error) == ("pending", 1, "not sent within 60 s")
    assert message.message_id.endswith(f"@{HOST}>")
