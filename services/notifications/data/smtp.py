"""The mail server: a few kept connections, every wait with an end, errors without addresses."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Self

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from services.notifications.domain.sending import MailRefused, MailUnavailable
from shared.transaction import outside_of_transaction

Security = Literal["auto", "tls", "starttls", "none"]

TLS_PORT = 465
KEEP_SECONDS = 20.0  # some relays hang up on an idle client soon after
PROBE_SECONDS = 2.0
QUIT_SECONDS = 1.0
PERMANENT = range(500, 600)
ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")


@dataclass(frozen=True, kw_only=True)
class SmtpOptions:
    """Where the mail server is and how to speak to it. `timeout` is seconds for each answer, `hello` our own host's name."""

    host: str
    port: int
    hello: str
    user: str = ""
    password: str | None = None
    security: Security = "auto"
    connections: int = 4
    timeout: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One mail on its way; `international` when an address has letters beyond ASCII."""

    sender: str
    recipient: str
    content: bytes
    international: bool


class SmtpServer:
    """Hands mails to the mail server over at most `options.connections` kept connections."""

    def __init__(self, options: SmtpOptions) -> None:
        self._options = options
        self._room = asyncio.Semaphore(options.connections)
        self._idle: list[tuple[SMTP, float]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        kept, self._idle = self._idle, []
        await asyncio.gather(*(_hang_up(connection) for connection, _since in kept))

    async def post(self, mail: Outgoing) -> None:
        """Hand over one mail. MailRefused when the server will never take it, MailUnavailable when not now."""
        outside_of_transaction("a mail")
        options = ["SMTPUTF8"] if mail.international else []
        try:
            async with self._connection() as connection:
                await connection.sendmail(mail.sender, [mail.recipient], mail.content, mail_options=options)
        except SMTPRecipientsRefused as error:
            raise _refusal("the recipient", error.recipients[0]) from None
        except SMTPDataError as error:
            raise _refusal("the mail", error) from None
        except SMTPResponseException as error:
            raise MailUnavailable(f"the mail server answered {_answer(error)}") from None
        except SMTPNotSupported:
            raise MailRefused("the mail server does not take addresses beyond ASCII (SMTPUTF8)") from None
        except (SMTPException, OSError, TimeoutError) as error:
            # `from None` everywhere: what these errors say may quote the address.
            raise MailUnavailable(
                f"the mail server {self._options.host}:{self._options.port} did not take the mail: {type(error).__name__}"
            ) from None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        async with self._room:
            connection = await self._kept() or await self._fresh()
            try:
                yield connection
            except (SMTPResponseException, SMTPRecipientsRefused):
                raise  # an answer: the conversation goes on
            except BaseException:
                connection.close()  # nobody knows where the conversation stands
                raise
            finally:
                if connection.is_connected:
                    self._idle.append((connection, time.monotonic()))

    async def _kept(self) -> SMTP | None:
        """A kept connection that still answers, the last used first."""
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_connected and time.monotonic() - since < KEEP_SECONDS and await _answers(connection):
                return connection
            await _hang_up(connection)
        return None

    async def _fresh(self) -> SMTP:
        options = self._options
        tls = options.security == "tls" or (options.security == "auto" and options.port == TLS_PORT)
        starttls = {"starttls": True, "none": False, "tls": False, "auto": True if options.user and not tls else None}
        connection = SMTP(
            hostname=options.host,
            port=options.port,
            username=options.user or None,
            password=options.password,
            local_hostname=options.hello,
            timeout=options.timeout,
            use_tls=tls,
            start_tls=False if tls else starttls[options.security],
        )
        await connection.connect()
        return connection


async def _answers(connection: SMTP) -> bool:
    try:
        await connection.noop(timeout=PROBE_SECONDS)
    except (SMTPException, OSError, TimeoutError):
        return False
    return True


async def _hang_up(connection: SMTP) -> None:
    try:
        if connection.is_connected:
            await connection.quit(timeout=QUIT_SECONDS)
    except (SMTPException, OSError, TimeoutError):
        pass  # it is gone either way
    finally:
        connection.close()


def _refusal(what: str, error: SMTPResponseException) -> MailRefused | MailUnavailable:
    if error.code in PERMANENT:
        return MailRefused(f"the mail server refuses {what}: {_answer(error)}")
    return MailUnavailable(f"the mail server does not take {what} now: {_answer(error)}")


def _answer(error: SMTPResponseException) -> str:
    """The answer's codes alone: its words may quote the address."""
    enhanced = ENHANCED_CODE.match(error.message)
    return f"{error.code} {enhanced.group()}" if enhanced else str(error.code)
