"""Sending: due messages leave, each at least once, always under the same Message-ID."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

from services.notifications.domain.messages import Message, Uow, change_lent, lend_due
from services.notifications.domain.templates import TEMPLATES, Link
from shared.errors import Invalid, NotFound, Unavailable
from shared.lease import LEASE, LeaseLost, kept

logger = logging.getLogger(__name__)

# Cutting off a slow mail server too early means writing to it again: it may have taken the mail and was about to say so.
DELIVERY_SECONDS = 60.0
BATCH = 4

Change = Callable[[Message], None]


class RecipientUnknown(NotFound):
    """Nobody by this id: never registered here, or erased since."""

    slug = "recipient-unknown"


class MailRefused(Invalid):
    """The mail will never be taken. The detail names no address."""

    slug = "mail-refused"


class MailUnavailable(Unavailable):
    """The mail was not taken now; later it may be. The detail names no address."""

    slug = "mail-unavailable"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom to write to, asked when it is written and kept nowhere."""

    address: str
    name: str
    locale: str
    timezone: str
    link: str | None


class Recipients(Protocol):
    async def find(self, user_id: UUID, *, message: UUID, link: Link | None) -> Recipient:
        """Raises RecipientUnknown or Unavailable. Asking again for the same message gives the same link."""
        ...


class Mailer(Protocol):
    async def send(self, message: Message, recipient: Recipient) -> None:
        """Compose the mail and hand it over. Raises MailRefused or MailUnavailable."""
        ...


class Traced(Protocol):
    def __call__(self, name: str, traceparent: str | None, /) -> AbstractContextManager[object]:
        """Continue the stored trace for the length of the block."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Lends, sends, records. Any number may run, in any number of replicas.

    `counted` hears the state that each try left its message in, once that is recorded.
    """

    uow: Callable[[], Uow]
    recipients: Recipients
    mailer: Mailer
    traced: Traced
    counted: Callable[[str], None]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def send_due(self) -> int:
        """Send until nothing is due; returns how many messages were tried. Raises only what the database raises."""
        tried = 0
        while lent := await self._lend(lease := self.new_id()):
            # All of them end before an error is told: a mail under way is not to be cut off by its neighbour.
            ended = await asyncio.gather(*(self._send(one, lease) for one in lent), return_exceptions=True)
            for error in ended:
                if isinstance(error, BaseException):
                    raise error
            tried += len(lent)
        return tried

    async def _lend(self, lease: UUID) -> list[Message]:
        at = self.now()
        return await lend_due(self.uow(), lease=lease, at=at, until=at + LEASE, limit=BATCH)

    async def _send(self, message: Message, lease: UUID) -> None:
        left_in = ""

        def change(held: Message) -> None:
            nonlocal left_in
            outcome(held)
            left_in = held.state

        with self.traced(f"send {message.template}", message.traceparent):
            try:
                async with kept(partial(self._keep, message.id, lease)):
                    outcome = await self._outcome_of(message)
                recorded = await change_lent(self.uow(), message=message.id, lease=lease, change=change)
            except LeaseLost:
                recorded = False
            if recorded:
                self.counted(left_in)
            else:
                logger.warning("message %s lost its lease; whoever takes over sends and records it", message.id)

    async def _keep(self, message: UUID, lease: UUID) -> bool:
        longer = partial(Message.keep, until=self.now() + LEASE)
        return await change_lent(self.uow(), message=message, lease=lease, change=longer)

    async def _outcome_of(self, message: Message) -> Change:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                await self._deliver(message)
        except (MailRefused, RecipientUnknown) as error:
            logger.warning("message %s (%s) cannot be sent: %s", message.id, message.template, error.detail)
            return partial(Message.mark_failed, reason=error.detail)
        except Unavailable as error:
            return self._postponed(message, str(error))  # for operators: `detail` is what a client may be told
        except TimeoutError:
            return self._postponed(message, f"not sent within {DELIVERY_SECONDS:.0f} s")
        except Exception as error:  # noqa: BLE001 - one message that cannot be made must not hold up the others
            # Where it broke, not what it said: a message of a library may quote the address.
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("message %s broke its sender: %s\n%s", message.id, type(error).__name__, frames)  # noqa: TRY400 - as above
            return self._postponed(message, f"{type(error).__name__} in the sender; the log says where")
        return partial(Message.mark_sent, at=self.now())

    async def _deliver(self, message: Message) -> None:
        template = TEMPLATES.get(message.template)
        if template is None:
            raise MailUnavailable(f"this release has no template {message.template!r}")
        recipient = await self.recipients.find(message.user_id, message=message.id, link=template.link)
        await self.mailer.send(message, recipient)

    def _postponed(self, message: Message, reason: str) -> Change:
        logger.warning("message %s was not sent at attempt %d: %s", message.id, message.attempts, reason)
        return partial(Message.postpone, at=self.now(), reason=reason)
