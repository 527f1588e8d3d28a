"""Stand-ins for what is outside the domain of notifications."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from uuid_utils.compat import uuid7

from services.notifications.data.rendering import Renderer
from services.notifications.domain.messages import Desk, Intent, Message, Messages
from services.notifications.domain.sending import Recipient
from services.notifications.domain.templates import WELCOME, Link, Template
from shared.events.event import Event

HOST = "learn.example"


@dataclass
class Clock:
    """A clock that moves when told to."""

    at: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


@dataclass
class FakeMessages:
    rows: list[Message]

    async def add(self, message: Message) -> None:
        intents = {(row.event_id, row.template, row.user_id) for row in self.rows}
        if (message.event_id, message.template, message.user_id) not in intents:
            self.rows.append(message)

    async def due(self, *, at: datetime, limit: int) -> list[Message]:
        free = [row for row in self.rows if row.leased_until is None or row.leased_until <= at]
        return [row for row in free if row.state == "pending" and row.next_try_at <= at][:limit]

    async def held(self, message: UUID, *, lease: UUID) -> Message | None:
        return next((row for row in self.rows if row.id == message and row.lease == lease), None)


class FakeUow:
    """A unit of work over a list; it must be opened to be used, and only once at a time."""

    messages: Messages

    def __init__(self, rows: list[Message]) -> None:
        self.messages = FakeMessages(rows)
        self.is_open = False

    async def __aenter__(self) -> Self:
        assert not self.is_open
        self.is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.is_open = False

    def emit(self, event: Event) -> None:
        raise AssertionError(f"notifications emits nothing, yet: {event}")


ADA = Recipient(
    address="ada@example.org",
    name="Ada",
    locale="en",
    timezone="Europe/London",
    link="https://learn.example/verify?token=t",
)


@dataclass
class FakeRecipients:
    recipient: Recipient = ADA
    error: Exception | None = None
    asked: list[tuple[UUID, UUID, str | None]] = field(default_factory=list)

    async def find(self, user_id: UUID, *, message: UUID, link: Link | None) -> Recipient:
        self.asked.append((user_id, message, link))
        if self.error is not None:
            raise self.error
        return self.recipient


@dataclass
class FakeMailer:
    error: Exception | None = None
    sent: list[tuple[str, str]] = field(default_factory=list)  # Message-ID, address

    async def send(self, message: Message, recipient: Recipient) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append((message.message_id, recipient.address))


def untraced(_name: str, _traceparent: str | None, /) -> AbstractContextManager[object]:
    return nullcontext()


def make_desk(clock: Clock) -> Desk:
    return Desk(now=clock, new_id=uuid7, host=HOST)


def make_intent(clock: Clock, template: Template = WELCOME, *, age: timedelta = timedelta()) -> Intent:
    return Intent(event_id=uuid7(), at=clock() - age, user_id=uuid7(), template=template, params={}, traceparent=None)


AT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
ROW = UUID("01935000-0000-7000-8000-000000000001")
PAID = {"invoice_number": "CZ-0001", "plan": "pro", "amount": 1900, "currency": "EUR", "paid_at": AT.isoformat()}
SENDER = Address(display_name="CodeZest", addr_spec="hello@codezest.local")
RENDERER = Renderer(public_url="https://learn.example")


def make_message(template: str = "welcome", params: dict[str, Any] | None = None) -> Message:
    return Message(
        id=ROW,
        event_id=ROW,
        template=template,
        user_id=ROW,
        category="required",
        params=params if params is not None else PAID if template == "receipt" else {},
        message_id=f"<{ROW}@learn.example>",
        state="pending",
        next_try_at=AT,
        created_at=AT,
    )
