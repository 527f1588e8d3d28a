"""A real SMTP server in the test's own event loop, which keeps what it is given and fails as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

ACCEPTED = "250 2.0.0 taken"

Answer = Callable[[], Awaitable[str]]


async def accept() -> str:
    return ACCEPTED


@dataclass(kw_only=True)
class Received:
    """One mail with its envelope."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.mail.get_body(("html",))
        assert part is not None
        return str(part.get_content())


@dataclass(kw_only=True)
class MailServer:
    """`mails` is what arrived whole; `on_sender`, `on_recipient` and `on_mail` give the answers."""

    port: int = 0
    mails: list[Received] = field(default_factory=list)
    on_sender: Answer = accept
    on_recipient: Answer = accept
    on_mail: Answer = accept
    connections: int = 0
    signed_in: int = 0
    open: set[asyncio.BaseTransport] = field(default_factory=set)
    most_open: int = 0

    def hang_up(self) -> None:
        """Close every connection, as servers do with idle clients."""
        for transport in self.open:
            transport.close()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = await self.on_sender()
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = await self.on_recipient()
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert envelope.mail_from is not None
        assert isinstance(envelope.content, bytes)
        self.mails.append(
            Received(sender=envelope.mail_from, recipients=list(envelope.rcpt_tos), content=envelope.content)
        )
        return await self.on_mail()


class Counted(SMTP):
    """aiosmtpd's protocol, which tells its server of every connection."""

    def __init__(self, server: MailServer) -> None:
        super().__init__(
            server,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            authenticator=self._let_in,
            auth_require_tls=False,  # it takes passwords in the clear: that our side never sends one is tested
            loop=asyncio.get_running_loop(),
        )
        self._counts = server

    def _let_in(self, *_: object) -> AuthResult:
        self._counts.signed_in += 1
        return AuthResult(success=True)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counts.connections += 1
        self._counts.open.add(transport)
        self._counts.most_open = max(self._counts.most_open, len(self._counts.open))
        self._kept = transport
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._counts.open.discard(self._kept)
        super().connection_lost(error)


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """A server on a free loopback port."""
    server = MailServer()
    listening = await asyncio.get_running_loop().create_server(lambda: Counted(server), "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        try:
            yield server
        finally:
            server.hang_up()
