import unicodedata

import pytest

from services.auth.data.common_passwords import common_passwords
from services.auth.domain.passwords import LONGEST, SHORTEST, PasswordRefused, PasswordRules, normalised
from tools.local.credentials import WORDS

RULES = PasswordRules(common_passwords())
EMAIL = "lovelace@example.com"


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet lanterns adrift",
        "kK3#vbT9!xQz0p-W",
        "884613205790118",
        "        four words in spaces        ",
        "пять тихих фонарей",
        "七つの静かな提灯が流れて行く夜の川",
        "x7" + "é" * 3 + "m2Qf91LpWz",
        "summer rain on the old tin roof",
        "hello from the other side of Mars",
        "al goes to the movies tonight",
    ],
)
def test_a_password_that_takes_guessing_is_accepted(password: str) -> None:
    RULES.check(password, email="al@example.com")


# Fifteen characters as they are typed, eight as they are hashed.
COMPOSED = unicodedata.normalize("NFD", "\u00e9\u00e1\u00f3\u00fa\u00ed\u00f1\u00e7z")


@pytest.mark.parametrize("password", ["short but not ok"[:14], "x7Q" * 50, COMPOSED])
def test_length_is_fifteen_to_a_hundred_and_twenty_eight(password: str) -> None:
    with pytest.raises(PasswordRefused, match="15 to 128 characters"):
        RULES.check(password, email=EMAIL)


@pytest.mark.parametrize(
    "password",
    ["manchesterunited", "Correct Horse Battery Staple", "correct-horse-battery-staple!", "MayTheForceBeWithYou"],
)
def test_a_well_known_password_is_refused_however_it_is_dressed(password: str) -> None:
    with pytest.raises(PasswordRefused, match="well known"):
        RULES.check(password, email=EMAIL)


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaaaaaa", "abababababababab", "lantern!lantern!", "0000000000000001", "abcabcabcabcabcabX"],
)
def test_a_password_that_repeats_itself_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused, match="repeats itself"):
        RULES.check(password, email=EMAIL)


@pytest.mark.parametrize(
    "password",
    [
        "123456789012345",
        "98765432109876543",
        "abcdefghijklmnop",
        "qwertyuiopasdfgh",
        "1q2w3e4r5t6y7u8i",
        "zaq1xsw2cde3vfr4bgt5"[::-1],
        "password12345678",
        "P@ssw0rd12345678",
        "adminadmin123456!",
        "Welcome2Welcome2024!",
        "qwerty1234567890",
        "Winter2025Winter2026",
    ],
)
def test_a_sequence_or_a_worn_word_with_little_else_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused, match=r"sequence|repeats"):
        RULES.check(password, email=EMAIL)


@pytest.mark.parametrize("password", ["lovelace writes notes", "my Love-Lace drawer key", "I learn at CodeZest daily"])
def test_a_password_about_its_owner_or_this_platform_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused, match="your address or the name of this platform"):
        RULES.check(password, email=EMAIL)


def test_a_refusal_names_the_field_and_never_the_password() -> None:
    with pytest.raises(PasswordRefused) as refused:
        RULES.check("manchesterunited", email=EMAIL)
    assert refused.value.field == "body.password"
    assert "manchester" not in refused.value.detail


def test_the_same_letters_are_the_same_password_however_a_keyboard_composes_them() -> None:
    assert normalised("caf\u00e9") == normalised("cafe\u0301")


def test_every_password_of_the_list_is_long_enough_to_matter() -> None:
    listed = common_passwords()
    assert len(listed) > 100
    assert [password for password in listed if len(password) < SHORTEST or len(password) > LONGEST] == []


def test_what_the_local_run_chooses_for_its_demo_accounts_would_pass() -> None:
    RULES.check("-".join(WORDS[:6]), email="ada@codezest.local")
