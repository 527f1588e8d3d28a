"""What people type about themselves, checked and brought into the form it is kept in; how much of a list they ask for."""

import re
import unicodedata
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import email_validator
from fastapi import Query
from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from shared.http.documentation import rule
from shared.http.text import UNPRINTABLE, text

LONGEST_EMAIL = 254

Limit = Annotated[int, Query(ge=1, le=100, description="At most so many in one page")]

# Nothing in such a text is written differently in an address; whether it is one, nobody need ask who only looks for it.
PLAIN = re.compile(r"[a-z0-9._+-]+@[a-z0-9.-]+")

# Companies and schools use .local in their own networks, and so do the demonstration's accounts. The library keeps its
# reserved names in a list for programs to change.
if "local" in email_validator.SPECIAL_USE_DOMAIN_NAMES:
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("local")


def mail_address(text: str) -> str:
    """The address as mail servers know it, in ASCII. ValueError says what is wrong with it."""
    try:
        found = email_validator.validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except email_validator.EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if found.ascii_email is None or len(found.ascii_email) > LONGEST_EMAIL:
        raise ValueError("The email address is too long.")
    return found.ascii_email


def mail_address_or_none(text: str) -> str | None:
    """The same for signing in, where what cannot be an address is as wrong as an unknown one."""
    if PLAIN.fullmatch(text):
        return text
    try:
        return mail_address(text)
    except ValueError:
        return None


def _secret(given: SecretStr) -> SecretStr:
    if "\x00" in given.get_secret_value():  # where C ends a string, whatever hashes passwords one day
        raise ValueError("This is to be text; it holds the character U+0000.")
    try:
        given.get_secret_value().encode()
    except UnicodeEncodeError:  # JSON can name half a character (\ud800), which no keyboard types and nothing hashes
        raise ValueError("This is to be text; it holds half a character.") from None
    return given


def _name(text: str) -> str:
    if any(unicodedata.category(character) in UNPRINTABLE for character in text):
        raise ValueError("A name has no line breaks or control characters.")
    return text


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if text != "UTC":
            raise ValueError("Name a time zone of the IANA database, e.g. Europe/Berlin.") from None
    return text


Email = Annotated[
    str,
    Field(
        max_length=LONGEST_EMAIL, examples=["ada@example.com"], json_schema_extra=rule("one that mail can be sent to")
    ),
    AfterValidator(mail_address),
]
SecretText = Annotated[
    SecretStr, Field(json_schema_extra=rule("whole characters, U+0000 not among them")), AfterValidator(_secret)
]
Password = Annotated[SecretText, Field(examples=["seven quiet lanterns adrift"])]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(examples=["Ada"], json_schema_extra=rule("no line breaks or control characters")),
    AfterValidator(_name),
]
Locale = Annotated[
    str,
    Field(
        description="BCP 47",
        max_length=35,
        pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
        examples=["en", "de-AT"],
    ),
]
Timezone = Annotated[
    str,
    Field(
        description="IANA time zone",
        max_length=64,
        pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$",
        examples=["Europe/Berlin"],
        json_schema_extra=rule("one that is in the database"),
    ),
    AfterValidator(_timezone),
]

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1000),
    Field(
        description="Why; it is on record for ever",
        examples=["Writes our courses from now on"],
        json_schema_extra=rule("no control characters, and not blank"),
    ),
    AfterValidator(text),
]
