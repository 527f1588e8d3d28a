"""Whoever signs in finds the account of whoever registered, however the address is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.api.fields import PLAIN, mail_address, mail_address_or_none


@given(st.emails())
def test_signing_in_brings_an_address_into_the_form_of_registering(address: str) -> None:
    for text in (address, address.lower()):
        try:
            registered = mail_address(text)
        except ValueError:
            continue
        assert mail_address_or_none(text) == registered


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(st.from_regex(r"[a-z0-9_+-]{1,20}", fullmatch=True), min_size=1, max_size=3).map(".".join)
DOMAINS = st.lists(LABELS, min_size=1, max_size=3).map(".".join).map("{}.org".format)


@given(st.one_of(st.from_regex(PLAIN, fullmatch=True), st.builds("{}@{}".format, NAMES, DOMAINS)))
def test_what_is_plain_is_its_own_form_if_it_is_an_address_at_all(address: str) -> None:
    try:
        assert mail_address(address) == address
    except ValueError:
        assert mail_address_or_none(address) == address  # nobody can have registered with it


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@exa\x00mple.com"])
def test_what_is_no_address_has_no_account(text: str) -> None:
    assert mail_address_or_none(text) is None
