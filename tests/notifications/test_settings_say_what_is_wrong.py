"""Settings of the service: names that mails bear, and mistakes that stop the start."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.notifications.settings import Settings


def settings(**values: Any) -> Settings:
    return Settings(database_url="postgresql://x@localhost/x", APP_API_TOKEN="t" * 16, **values)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://localhost:8000", "localhost"),
        ("https://learn.example/", "learn.example"),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_message_ids_bear_the_host_of_the_public_address(url: str, host: str) -> None:
    assert settings(public_url=url).public_host == host


def test_bounces_go_to_the_sender_unless_told_otherwise() -> None:
    assert settings(mail_from="CodeZest <hello@learn.example>").envelope_sender == "hello@learn.example"
    assert settings(mail_envelope_from="bounces@learn.example").envelope_sender == "bounces@learn.example"


@pytest.mark.parametrize("sender", ["", "CodeZest", "a@b, c@d", "a b@c", "CodeZest <hello@learn.example>\r\nBcc: x@y"])
def test_a_sender_that_is_not_one_address_stops_the_start(sender: str) -> None:
    with pytest.raises(ValidationError, match="give one address"):
        settings(mail_from=sender)
