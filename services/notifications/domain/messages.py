"""Messages: what is to be told to whom, once, and how far that has come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from services.notifications.domain.templates import Template
from shared.uow import UnitOfWork

State = Literal["pending", "sent", "skipped", "failed"]

FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=10)
# RFC 5321 4.5.4.1 asks for at least four days of trying; a person told later than that is confused, not helped.
GIVE_UP_AFTER = timedelta(days=4)


def delay_after(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure (>= 1): 2 s, doubling to 10 min."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


@dataclass(kw_only=True, eq=False)
class Message:
    """One message to one person. `message_id` is its RFC 5322 Message-ID and never changes, so a second copy is known as one."""

    id: UUID
    event_id: UUID
    template: str
    user_id: UUID
    category: str
    params: dict[str, Any]
    message_id: str
    state: State
    next_try_at: datetime
    created_at: datetime
    traceparent: str | None = None
    attempts: int = 0
    leased_until: datetime | None = None
    lease: UUID | None = None
    sent_at: datetime | None = None
    last_error: str | None = None

    def lend(self, lease: UUID, *, until: datetime) -> None:
        """Give the message to one sender; after `until` another may take it."""
        self.lease = lease
        self.keep(until=until)
        self.attempts += 1

    def keep(self, *, until: datetime) -> None:
        """Leave the message with its sender, which is still at work."""
        self.leased_until = until

    def mark_sent(self, at: datetime) -> None:
        """The mail server has taken it."""
        self._end("sent")
        self.sent_at, self.last_error = at, None

    def mark_failed(self, reason: str) -> None:
        """It will never be taken; `reason` names no address."""
        self._end("failed")
        self.last_error = reason

    def postpone(self, at: datetime, reason: str) -> None:
        """It was not taken this time: try again later, or give up after four days."""
        if at - self.created_at >= GIVE_UP_AFTER:
            self.mark_failed(f"given up after {self.attempts} attempts, the last one: {reason}")
            return
        self.lease = self.leased_until = None
        self.last_error = reason
        self.next_try_at = at + delay_after(self.attempts)

    def _end(self, state: State) -> None:
        self.state = state
        self.lease = self.leased_until = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in somebody's messages: just after this one."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageSummary:
    """What the recipient may see of a message."""

    id: UUID
    template: str
    state: State
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Intent:
    """That somebody is to be told of an event which happened `at`."""

    event_id: UUID
    at: datetime
    user_id: UUID
    template: Template
    params: dict[str, Any]
    traceparent: str | None


class Messages(Protocol):
    """The messages there are."""

    async def add(self, message: Message) -> None:
        """Keep a new message, and let senders know once it is committed; a second one for its intent changes nothing."""
        ...

    async def due(self, *, at: datetime, limit: int) -> list[Message]:
        """The longest due messages that nobody else holds, locked for this transaction."""
        ...

    async def held(self, message: UUID, *, lease: UUID) -> Message | None:
        """The message, locked, while `lease` still is the one it is lent under."""
        ...


class Uow(UnitOfWork, Protocol):
    messages: Messages


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What making messages needs from outside: time, ids and the host that Message-IDs are of."""

    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    host: str


async def queue_message(uow: Uow, intent: Intent, *, desk: Desk) -> None:
    """Note that somebody is to be told; too old an event is noted as skipped. Doing it twice does it once."""
    now, row_id = desk.now(), desk.new_id()
    async with uow:
        await uow.messages.add(
            Message(
                id=row_id,
                event_id=intent.event_id,
                template=intent.template.name,
                user_id=intent.user_id,
                category=intent.template.category,
                params=intent.params,
                message_id=f"<{row_id}@{desk.host}>",
                state="skipped" if now - intent.at > intent.template.max_age else "pending",
                next_try_at=now,
                created_at=now,
                traceparent=intent.traceparent,
            )
        )


async def lend_due(uow: Uow, *, lease: UUID, at: datetime, until: datetime, limit: int) -> list[Message]:
    """Lend up to `limit` due messages under `lease`, committed before anybody is asked or written to."""
    async with uow:
        due = await uow.messages.due(at=at, limit=limit)
        for message in due:
            message.lend(lease, until=until)
    return due


async def change_lent(uow: Uow, *, message: UUID, lease: UUID, change: Callable[[Message], None]) -> bool:
    """Write down what its sender says of a message. False, and nothing written, when it is no longer lent under `lease`."""
    async with uow:
        held = await uow.messages.held(message, lease=lease)
        if held is None:
            return False
        change(held)
    return True
