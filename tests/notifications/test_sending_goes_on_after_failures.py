"""What the sender does when something on the way fails."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from services.notifications.domain.messages import GIVE_UP_AFTER, Message, delay_after, queue_message
from services.notifications.domain.sending import MailRefused, MailUnavailable, RecipientUnknown, Sender
from services.notifications.domain.templates import EXISTING_ACCOUNT, RECEIPT, WELCOME, Template
from shared.dapr import SidecarError
from shared.lease import LEASE
from tests.notifications.fakes import (
    Clock,
    FakeMailer,
    FakeRecipients,
    FakeUow,
    make_desk,
    make_intent,
    untraced,
)


@dataclass
class Post:
    """A sender with everything around it."""

    clock: Clock = field(default_factory=Clock)
    rows: list[Message] = field(default_factory=list)
    recipients: FakeRecipients = field(default_factory=FakeRecipients)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    counted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sender = Sender(
            uow=lambda: FakeUow(self.rows),
            recipients=self.recipients,
            mailer=self.mailer,
            traced=untraced,
            counted=self.counted.append,
            now=self.clock,
            new_id=uuid7,
        )

    async def queue(self, template: Template = WELCOME) -> Message:
        await queue_message(FakeUow(self.rows), make_intent(self.clock, template), desk=make_desk(self.clock))
        return self.rows[-1]


async def test_a_due_message_is_sent_and_recorded() -> None:
    post = Post()
    message = await post.queue()
    assert await post.sender.send_due() == 1
    assert (message.state, message.sent_at, message.lease) == ("sent", post.clock.at, None)
    assert post.mailer.sent == [(message.message_id, "ada@example.org")]
    assert await post.sender.send_due() == 0


async def test_all_that_is_due_is_sent_however_much_it_is() -> None:
    post = Post()
    for _ in range(11):
        await post.queue()
    assert await post.sender.send_due() == 11
    assert len({message_id for message_id, _ in post.mailer.sent}) == 11


@pytest.mark.parametrize(("template", "link"), [(WELCOME, "verify-email"), (EXISTING_ACCOUNT, None), (RECEIPT, None)])
async def test_auth_is_asked_for_the_link_the_template_needs(template: Template, link: str | None) -> None:
    post = Post()
    message = await post.queue(template)
    await post.sender.send_due()
    assert post.recipients.asked == [(message.user_id, message.id, link)]


async def test_a_mail_server_that_is_away_is_tried_again_after_growing_delays() -> None:
    post = Post(mailer=FakeMailer(error=MailUnavailable("the mail server is away")))
    message = await post.queue()
    for delay in (2, 4, 8, 16):
        await post.sender.send_due()
        assert message.state == "pending"
        assert message.next_try_at - post.clock.at == timedelta(seconds=delay)
        post.clock.forward(timedelta(seconds=delay - 1))
        assert await post.sender.send_due() == 0
        post.clock.forward(timedelta(seconds=1))
    post.mailer.error = None
    await post.sender.send_due()
    assert (message.state, message.attempts, message.last_error) == ("sent", 5, None)
    assert post.counted == ["pending"] * 4 + ["sent"]


def test_the_delay_never_exceeds_ten_minutes() -> None:
    assert delay_after(1) == timedelta(seconds=2)
    assert delay_after(10) == delay_after(10_000) == timedelta(minutes=10)


async def test_auth_being_away_is_no_reason_to_fail() -> None:
    post = Post(recipients=FakeRecipients(error=SidecarError("auth is away")))
    message = await post.queue()
    await post.sender.send_due()
    assert (message.state, message.last_error) == ("pending", "auth is away")


@pytest.mark.parametrize("error", [MailRefused("550 5.1.1"), RecipientUnknown("auth knows no such user")])
async def test_what_can_never_arrive_fails_at_once_and_says_why(error: MailRefused | RecipientUnknown) -> None:
    post = Post(mailer=FakeMailer(error=error))
    message = await post.queue()
    await post.sender.send_due()
    assert (message.state, message.last_error, message.lease) == ("failed", error.detail, None)
    assert post.counted == ["failed"]


async def test_after_four_days_a_message_is_given_up() -> None:
    post = Post(mailer=FakeMailer(error=MailUnavailable("the mail server is away")))
    message = await post.queue()
    await post.sender.send_due()
    post.clock.forward(GIVE_UP_AFTER)
    await post.sender.send_due()
    assert message.state == "failed"
    assert message.last_error == "given up after 2 attempts, the last one: the mail server is away"


async def test_an_unforeseen_error_holds_up_nobody_and_quotes_no_address(caplog: pytest.LogCaptureFixture) -> None:
    post = Post(mailer=FakeMailer(error=RuntimeError("cannot write to ada@example.org")))
    message = await post.queue()
    with caplog.at_level(logging.INFO):
        await post.sender.send_due()
    assert (message.state, message.attempts) == ("pending", 1)
    assert "RuntimeError" in caplog.text
    assert "in send" in caplog.text
    assert "ada@example.org" not in caplog.text + str(message.last_error)


async def test_a_template_this_release_does_not_know_waits_for_one_that_does() -> None:
    post = Post()
    message = await post.queue()
    message.template = "from-the-future"
    await post.sender.send_due()
    assert message.state == "pending"
    assert post.mailer.sent == []


class Slow(FakeMailer):
    """Takes the mail, and so long over it that another sender takes over."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self._post = post

    async def send(self, message: Message, recipient: object) -> None:
        self.sent.append((message.message_id, ""))
        if len(self.sent) == 1:
            self._post.clock.forward(LEASE)
            await self._post.sender.send_due()


async def test_who_lost_the_lease_records_nothing_and_both_copies_bear_the_same_message_id() -> None:
    post = Post()
    slow = Slow(post)
    post.mailer = slow
    post.__post_init__()
    message = await post.queue()
    await post.sender.send_due()
    assert slow.sent == [(message.message_id, "")] * 2
    assert (message.state, message.attempts) == ("sent", 2)
