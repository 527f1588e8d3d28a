"""Handing mails to a real SMTP server: kept connections, time-outs, refusals."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace

import pytest

from services.notifications.data.mail import SmtpMailer
from services.notifications.data.smtp import Outgoing, Security, SmtpOptions, SmtpServer
from services.notifications.domain.sending import MailRefused, MailUnavailable
from tests.notifications.fakes import ADA, RENDERER, SENDER, make_message
from tests.notifications.mailserver import ACCEPTED, Answer, MailServer, mail_server

MAIL = Outgoing(
    sender="bounces@codezest.local",
    recipient="ada@example.org",
    content=b"Subject: Hello\r\n\r\nHello\r\n.\r\nstill Hello\r\n",
    international=False,
)


def client(server: MailServer, *, timeout: float = 20.0, connections: int = 2) -> SmtpServer:
    return SmtpServer(
        SmtpOptions(host="127.0.0.1", port=server.port, hello="learn.example", timeout=timeout, connections=connections)
    )


def says(answer: str) -> Answer:
    async def give() -> str:
        return answer

    return give


def until(release: asyncio.Event) -> Answer:
    async def give() -> str:
        await release.wait()
        return ACCEPTED

    return give


async def test_a_mail_arrives_as_it_was_written(server: MailServer) -> None:
    async with client(server) as smtp:
        await smtp.post(MAIL)
    [mail] = server.mails
    assert (mail.sender, mail.recipients, mail.content) == (MAIL.sender, [MAIL.recipient], MAIL.content)


async def test_one_connection_serves_many_mails(server: MailServer) -> None:
    async with client(server) as smtp:
        for _ in range(5):
            await smtp.post(MAIL)
    assert (len(server.mails), server.connections) == (5, 1)


async def test_a_connection_that_the_server_closed_is_replaced(server: MailServer) -> None:
    async with client(server) as smtp:
        await smtp.post(MAIL)
        server.hang_up()
        await smtp.post(MAIL)
    assert (len(server.mails), server.connections) == (2, 2)


async def test_no_more_connections_are_opened_than_allowed(server: MailServer) -> None:
    async with client(server, connections=2) as smtp:
        await asyncio.gather(*(smtp.post(MAIL) for _ in range(8)))
    assert (len(server.mails), server.most_open) == (8, 2)


async def test_a_refusal_leaves_the_connection_in_use(server: MailServer) -> None:
    async with client(server) as smtp:
        server.on_recipient = says("550 5.1.1 <ada@example.org> is unknown here")
        with pytest.raises(MailRefused):
            await smtp.post(MAIL)
        server.on_recipient = says(ACCEPTED)
        await smtp.post(MAIL)
    assert (len(server.mails), server.connections) == (1, 1)


@pytest.mark.parametrize(
    ("where", "answer", "error", "detail"),
    [
        ("on_recipient", "550 5.1.1 <ada@example.org>: unknown", MailRefused, "refuses the recipient: 550 5.1.1"),
        ("on_recipient", "553 ada@example.org is odd", MailRefused, "refuses the recipient: 553"),
        ("on_recipient", "450 4.2.1 later, ada@example.org", MailUnavailable, "recipient now: 450 4.2.1"),
        ("on_recipient", "421 4.3.2 closing", MailUnavailable, "recipient now: 421 4.3.2"),
        ("on_sender", "550 5.7.1 who are you", MailUnavailable, "answered 550 5.7.1"),
        ("on_mail", "554 5.6.0 spam for ada@example.org", MailRefused, "refuses the mail: 554 5.6.0"),
        ("on_mail", "451 4.3.0 disk full", MailUnavailable, "mail now: 451 4.3.0"),
    ],
)
async def test_a_refusal_is_told_by_its_codes_never_by_its_words(
    server: MailServer, where: str, answer: str, error: type[Exception], detail: str
) -> None:
    setattr(server, where, says(answer))
    async with client(server) as smtp:
        with pytest.raises(error, match=detail) as raised:
            await smtp.post(MAIL)
    assert "ada@example.org" not in str(raised.value)


@pytest.mark.parametrize("where", ["on_sender", "on_recipient", "on_mail"])
async def test_a_server_that_is_slow_to_answer_is_left_after_the_time_out(server: MailServer, where: str) -> None:
    release = asyncio.Event()
    setattr(server, where, until(release))
    async with client(server, timeout=0.3) as smtp:
        with pytest.raises(MailUnavailable, match="SMTPReadTimeoutError"):
            async with asyncio.timeout(20):
                await smtp.post(MAIL)
        release.set()
        smtp._options = replace(smtp._options, timeout=20)  # the second mail is not about time, on no machine
        await smtp.post(MAIL)
    assert server.connections == 2  # the first one's conversation was lost


async def test_a_mail_that_is_cut_off_gives_its_place_back(server: MailServer) -> None:
    arrived, release = asyncio.Event(), asyncio.Event()

    async def hold() -> str:
        arrived.set()
        await release.wait()
        return ACCEPTED

    server.on_mail = hold
    async with client(server, connections=1) as smtp:
        first = asyncio.create_task(smtp.post(MAIL))
        async with asyncio.timeout(20):
            await arrived.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        release.set()
        await smtp.post(MAIL)
    assert server.connections == 2


async def test_no_server_at_all_is_said_with_its_place() -> None:
    async with mail_server() as gone:
        port = gone.port
    async with SmtpServer(SmtpOptions(host="127.0.0.1", port=port, hello="learn.example")) as smtp:
        with pytest.raises(MailUnavailable, match=f"127.0.0.1:{port} did not take the mail: SMTPConnectError"):
            await smtp.post(MAIL)


@pytest.mark.parametrize(("security", "signed_in"), [("auto", 0), ("starttls", 0), ("none", 1)])
async def test_no_password_goes_over_a_plain_connection_unless_told_to(
    server: MailServer, security: Security, signed_in: int
) -> None:
    options = SmtpOptions(
        host="127.0.0.1", port=server.port, hello="learn.example", user="u", password="p", security=security
    )
    async with SmtpServer(options) as smtp:
        with nullcontext() if signed_in else pytest.raises(MailUnavailable):
            await smtp.post(MAIL)
    assert (server.signed_in, len(server.mails)) == (signed_in, signed_in)


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org>\r\nRCPT TO:<brian@example.org",
        "ada@example.org SIZE=1",
        "<ada@example.org>, <brian@example.org>",
        "ada@example.org,brian@example.org",
        "ada\N{RIGHT-TO-LEFT OVERRIDE}@example.org",
        "ada",
        "",
    ],
)
async def test_an_address_that_is_more_than_one_is_not_written_to(server: MailServer, address: str) -> None:
    async with client(server) as smtp:
        mailer = SmtpMailer(smtp, RENDERER, sender=SENDER, envelope_sender="bounces@codezest.local")
        with pytest.raises(MailRefused, match="the address on record"):
            await mailer.send(make_message(), replace(ADA, address=address))
    assert server.connections == 0


async def test_an_address_beyond_ascii_is_written_to_where_the_server_takes_it(server: MailServer) -> None:
    async with client(server) as smtp:
        mailer = SmtpMailer(smtp, RENDERER, sender=SENDER, envelope_sender="bounces@codezest.local")
        await mailer.send(make_message(), replace(ADA, address="zoë@bücher.example"))
    [mail] = server.mails
    assert mail.recipients == ["zoë@bücher.example"]
    assert "\nTo: Ada <zoë@bücher.example>\r\n" in "\n" + mail.content.decode()
