"""What a mail says, in each language, and what nobody can make it say."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.data.localisation import day, language_of, money, plan_name
from services.notifications.data.mail import compose, serialise
from services.notifications.data.rendering import TEMPLATES as FOLDER
from services.notifications.data.rendering import Words, name_to_greet
from services.notifications.domain.sending import MailRefused, Recipient
from services.notifications.domain.templates import TEMPLATES
from tests.notifications.fakes import ADA, AT, PAID, RENDERER, ROW, SENDER, make_message

HEADERS = {"To", "From", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}


def render(template: str = "welcome", recipient: Recipient = ADA, params: dict[str, Any] | None = None) -> Words:
    return RENDERER.render(make_message(template, params), recipient)


def as_received(recipient: Recipient, words: Words | None = None) -> EmailMessage:
    message = make_message()
    mail = compose(message, recipient, words=words or RENDERER.render(message, recipient), sender=SENDER)
    return message_from_bytes(serialise(mail), policy=policy.default)


@pytest.mark.parametrize(("template", "locale"), list(product(TEMPLATES, ("en", "de"))))
def test_every_template_is_there_in_every_language(template: str, locale: str) -> None:
    words = render(template, replace(ADA, locale=locale))
    assert words.subject
    assert "Ada" in words.text
    assert "Ada" in words.html
    assert f'lang="{locale}"' in words.html
    assert words.text.endswith("CodeZest\n")
    assert "\n\n\n" not in words.text


def test_every_folder_of_texts_is_a_template() -> None:
    assert {folder.name for folder in FOLDER.iterdir() if folder.is_dir()} == set(TEMPLATES)


def test_the_welcome_mail_holds_the_link_in_both_parts() -> None:
    words = render()
    assert ADA.link is not None
    assert ADA.link in words.text.splitlines()
    assert f'href="{ADA.link}"' in words.html


def test_who_has_confirmed_already_is_not_asked_to() -> None:
    words = render(recipient=replace(ADA, link=None))
    assert "https://learn.example" in words.text
    assert "press the button" not in words.text + words.html


def test_a_link_that_is_no_web_address_is_refused() -> None:
    with pytest.raises(MailRefused, match="no web address"):
        render(recipient=replace(ADA, link="javascript:alert(1)"))


def test_the_receipt_says_what_was_paid_for_when_and_how_much() -> None:
    words = render("receipt")
    for said in ("Pro", "€19.00", "22 November 2026", "CZ-0001"):
        assert said in words.text
        assert said in words.html
    assert words.subject == "Your CodeZest receipt CZ-0001"


@pytest.mark.parametrize(
    ("plan", "language", "name"),
    [
        ("pro_monthly", "en", "Pro, paid monthly"),
        ("pro_yearly", "de", "Pro, jährlich bezahlt"),
        ("pro", "en", "Pro"),
        ("early_bird", "de", "Early bird"),
    ],
)
def test_a_plan_is_called_as_people_call_it(plan: str, language: str, name: str) -> None:
    assert plan_name(plan, language=language) == name


def test_the_german_receipt_writes_money_and_day_the_german_way() -> None:
    words = render("receipt", replace(ADA, locale="de-DE", timezone="Europe/Berlin"))
    assert "19,00\N{NO-BREAK SPACE}€" in words.text
    assert "23. November 2026" in words.text  # half an hour past midnight in Berlin


@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        (1900, "EUR", "€19.00", "19,00 €"),
        (5, "usd", "$0.05", "0,05 $"),
        (123456789, "USD", "$1,234,567.89", "1.234.567,89 $"),
        (1900, "JPY", "¥1,900", "1.900 ¥"),
        (1234567, "KWD", "KWD 1,234.567", "1.234,567 KWD"),
        (100000, "CHF", "CHF 1,000.00", "1.000,00 CHF"),
        (-150, "GBP", "-£1.50", "-1,50 £"),
        (0, "EUR", "€0.00", "0,00 €"),
    ],
)
def test_money_is_written_as_its_currency_and_language_do(
    amount: int, currency: str, english: str, german: str
) -> None:
    assert money(amount, currency, language="en").replace("\N{NO-BREAK SPACE}", " ") == english
    assert money(amount, currency, language="de").replace("\N{NO-BREAK SPACE}", " ") == german


@pytest.mark.parametrize(
    ("locale", "language"), [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("en-GB", "en"), ("fr", "en"), ("", "en")]
)
def test_a_language_we_do_not_write_becomes_english(locale: str, language: str) -> None:
    assert language_of(locale, frozenset({"en", "de"})) == language


@pytest.mark.parametrize("timezone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "\0"])
def test_a_time_zone_that_is_none_counts_as_utc(timezone: str) -> None:
    assert day(AT, timezone=timezone, language="en") == "22 November 2026"


def test_html_in_a_name_stays_text() -> None:
    html = render(recipient=replace(ADA, name="<b onclick=x>Ada<b>")).html
    assert "<b onclick" not in html
    assert "&lt;b onclick=x&gt;Ada&lt;b&gt;" in html


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("J.R. Hartley", "J.R. Hartley"),
        ("Ада", "Ада"),
        ("  Ada\t\r\nLovelace ", "Ada Lovelace"),
        ("Ada\N{RIGHT-TO-LEFT OVERRIDE}gro", "Ada gro"),
        ("win at evil.example now", ""),
        ("https://evil", ""),
        ("mallory@evil", ""),
        ("x" * 61, ""),
    ],
)
def test_a_name_is_shown_as_one_line_without_tricks_or_not_at_all(name: str, shown: str) -> None:
    assert name_to_greet(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "Mallory\r\nBcc: brian@example.org",
        "Mallory\nSubject: you won",
        'Mallory" <brian@example.org>, "x',
        "Mallory\u2028Bcc: x",
        "Mallory\x85X-Evil: 1",
        "=?utf-8?q?Mallory=0ABcc=3A_brian=40example=2Eorg?=",
        "=\n?utf-8?q?Mallory=0ABcc=3A_brian=40example=2Eorg?=",
        "\ud800",
    ],
)
def test_a_name_cannot_add_headers_or_recipients(name: str) -> None:
    mail = as_received(replace(ADA, name=name))
    assert set(mail.keys()) == HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == [ADA.address]


@given(name=st.text(max_size=80))
def test_no_name_at_all_can_add_headers_or_recipients(name: str) -> None:
    mail = as_received(replace(ADA, name=name))
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert [address.addr_spec for address in mail["To"].addresses] == [ADA.address]
    # Python's parser puts blanks between the parts of a long name, its writer does not: compared without.
    assert "".join(mail["To"].addresses[0].display_name.split()) == "".join(name_to_greet(name).split())


@given(number=st.text(max_size=80))
def test_no_invoice_number_can_add_headers(number: str) -> None:
    mail = as_received(ADA, render("receipt", params={**PAID, "invoice_number": number}))
    assert sorted(mail.keys()) == sorted(HEADERS)


def test_a_header_that_nobody_wrote_stops_the_mail() -> None:
    words = Words(subject="=?utf-8?q?Hello=0ABcc=3A_brian=40example=2Eorg?=", text="Hello", html="Hello")
    mail = compose(make_message(), ADA, words=words, sender=SENDER)
    try:
        content = serialise(mail)
    except MailRefused:
        return  # Python below 3.11.10 writes the line break
    assert "Bcc" not in message_from_bytes(content, policy=policy.default)


def test_the_mail_says_that_a_machine_wrote_it_and_when() -> None:
    mail = as_received(ADA)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == AT
    assert mail["Message-ID"] == f"<{ROW}@learn.example>"
    assert mail["From"] == "CodeZest <hello@codezest.local>"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
