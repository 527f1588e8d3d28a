"""The mails about an account's address and password: to the right person, with the right link and no other address of the web."""

import re
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from shared.events.auth import PasswordChanged, PasswordResetRequested, VerificationRequested
from shared.events.event import Event
from tests.notifications.mailserver import MailServer, Received
from tests.notifications.service import Start, become
from tests.running import PUBLIC_URL

LINKS = {"verify-email": "https://learn.example/verify", "reset-password": "https://learn.example/reset"}
LANGUAGES = {"en": "Hello", "de": "Hallo"}


async def who(question: dict[str, Any]) -> dict[str, Any]:
    """Auth's answer: a name and a language of each person's own, and another link for each purpose, person and message."""
    user_id, purpose = question["user_id"], question["link"]
    return {
        "address": f"{user_id}@example.org",
        "name": name_of(user_id),
        "locale": language_of(user_id),
        "timezone": "Europe/London",
        "link": link_to(purpose, user_id, question["message_id"]) if purpose else None,
    }


def name_of(user_id: object) -> str:
    return f"Ada {str(user_id)[-6:]}"


def language_of(user_id: object) -> str:
    return sorted(LANGUAGES)[int(str(user_id)[-1], 16) % 2]


def link_to(purpose: str, user_id: object, message: object) -> str:
    return f"{LINKS[purpose]}?token={user_id}.{message}"


def addresses(written: str) -> set[str]:
    """Every web address in a part of a mail."""
    return set(re.findall(r"https?://[^\s\"<>]+", written))


async def mailed(start: Start, server: MailServer, event: Event) -> tuple[Received, Any]:
    """The mail that an event leads to, and the message it was."""
    before = len(server.mails)
    async with start(who) as run:
        await run.happens(event)
        row = await become(run, UUID(event.key), "sent")
    [mail] = server.mails[before:]
    return mail, row


def assert_meant_for(mail: Received, user_id: UUID) -> None:
    assert mail.recipients == [f"{user_id}@example.org"]
    assert [to.addr_spec for to in mail.mail["To"].addresses] == mail.recipients
    for part in (mail.text, mail.html):
        assert f"{LANGUAGES[language_of(user_id)]} {name_of(user_id)}," in part


@pytest.fixture(params=[0, 1], ids=sorted(LANGUAGES))
def person(request: pytest.FixtureRequest) -> UUID:
    """Somebody who reads German, and somebody who reads English."""
    return UUID(int=uuid7().int & ~1 | request.param)


async def test_the_verification_mail_brings_its_reader_the_link_that_confirms_the_address(
    start: Start, server: MailServer, person: UUID
) -> None:
    mail, row = await mailed(start, server, VerificationRequested(user_id=person))
    assert (row.template, row.category) == ("verification", "required")
    assert_meant_for(mail, person)
    for part in (mail.text, mail.html):
        assert addresses(part) == {link_to("verify-email", person, row.id)}


async def test_the_password_reset_mail_brings_its_reader_the_link_that_sets_a_password(
    start: Start, server: MailServer, person: UUID
) -> None:
    mail, row = await mailed(start, server, PasswordResetRequested(user_id=person))
    assert (row.template, row.category) == ("password-reset", "required")
    assert_meant_for(mail, person)
    for part in (mail.text, mail.html):
        assert addresses(part) == {link_to("reset-password", person, row.id)}


@pytest.mark.parametrize("how", ["changed", "reset"])
async def test_the_password_changed_mail_tells_the_owner_and_brings_no_link_that_does_anything(
    start: Start, server: MailServer, person: UUID, how: Any
) -> None:
    mail, row = await mailed(start, server, PasswordChanged(user_id=person, how=how))
    assert (row.template, row.category) == ("password-changed", "required")
    assert_meant_for(mail, person)
    for part in (mail.text, mail.html):
        assert addresses(part) == {PUBLIC_URL}
