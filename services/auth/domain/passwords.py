"""Which passwords are accepted, and the port that hashes them."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol

from shared.errors import Invalid

SHORTEST, LONGEST = 15, 128
SHORTEST_CONTEXT = 4  # shorter local parts ("al") occur in good passwords by chance
SHORTEST_RUN = 4
FEWEST_SURPRISES = 8
FEWEST_DIFFERENT = 5
PRODUCT = "codezest"

# Keys side by side, forwards; the check reads them backwards too.
RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
# Words that a guesser tries first; each is worth no more than one character. docs/security.md shows them.
WORN_WORDS = (
    *("password", "passwort", "passphrase", "passwd", "letmein", "welcome", "changeme", "secret", "administrator"),
    *("admin", "iloveyou", "login", "access", "master", "monkey", "dragon", "sunshine", "princess", "football"),
    *("baseball", "superman", "batman", "trustno", "shadow", "whatever", "default", "guest", "test", "user", "root"),
    *("hello", "spring", "summer", "autumn", "winter", "january", "february", "march", "april", "june", "july"),
    *("august", "september", "october", "november", "december", "temp", "demo"),
)
_WORN = re.compile("|".join((*WORN_WORDS, "(?:19|20)[0-9]{2}")))
_LOOK_ALIKES = str.maketrans("@430$!17", "aaeosiit")


class PasswordRefused(Invalid):
    """The password is one that a guesser would try early."""

    slug = "password-refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Take a few unrelated words, or let a password manager choose.", field="body.password")


class PasswordHasher(Protocol):
    async def hash(self, password: str) -> str:
        """What to store of a password. Unavailable when too many wait already."""
        ...

    def is_outdated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than today's; for a hash that `verify` has read."""
        ...

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the stored one. Without one (None) it takes the same time and is False. Unavailable as above."""
        ...


def normalised(password: str) -> str:
    """The password as it is hashed: however a keyboard composes its letters, it is the same one (NFKC, NIST 800-63B)."""
    return unicodedata.normalize("NFKC", password)


class PasswordRules:
    """Length is the only demand on the form; `common` are the long passwords that are known to be in use."""

    def __init__(self, common: Iterable[str]) -> None:
        self._common = frozenset(map(_squashed, common))

    def check(self, password: str, *, email: str) -> None:
        """PasswordRefused, with the reason, for what is too short, too long, common, predictable or about its owner."""
        password = normalised(password)  # as it is hashed: what is typed may be longer
        if not SHORTEST <= len(password) <= LONGEST:
            raise PasswordRefused(f"A password has {SHORTEST} to {LONGEST} characters.")
        squashed = _squashed(password)
        local_part = _squashed(email.partition("@")[0])
        if PRODUCT in squashed or (len(local_part) >= SHORTEST_CONTEXT and local_part in squashed):
            raise PasswordRefused("This password holds your address or the name of this platform.")
        if squashed in self._common:
            raise PasswordRefused("This password is well known.")
        if len(_unit(password)) < SHORTEST or len(set(password)) < FEWEST_DIFFERENT:
            raise PasswordRefused("This password repeats itself.")
        if _surprises(password) < FEWEST_SURPRISES:
            raise PasswordRefused("This password is a sequence or a well-known word with little else.")


def _squashed(text: str) -> str:
    """Letters and digits alone, without case: what is left when decoration is ignored."""
    return "".join(character for character in normalised(text).casefold() if character.isalnum())


def _unit(text: str) -> str:
    """The shortest text that `text` is a repetition of; itself, if of none."""
    return text[: (text + text).find(text, 1)]


def _surprises(password: str) -> int:
    """How many characters a guesser would have to guess: a well-known word, a year or a run counts as one."""
    plain = normalised(password).casefold()
    thinned = _without_runs(plain)
    return min(_changes(_WORN.sub("\0", text)) for text in (thinned, thinned.translate(_LOOK_ALIKES)))


def _changes(text: str) -> int:
    return sum(1 for before, now in zip("\n" + text, text, strict=False) if before != now)


def _without_runs(text: str) -> str:
    kept = []
    rest = text
    while rest:
        length = _run_length(rest)
        kept.append(rest[0])
        rest = rest[length:] if length >= SHORTEST_RUN else rest[1:]
    return "".join(kept)


def _run_length(text: str) -> int:
    """The length of the longest known run that `text` begins with."""
    longest = 0
    for run in (*RUNS, *(run[::-1] for run in RUNS)):
        start = run.find(text[:SHORTEST_RUN])
        if start < 0 or len(text) < SHORTEST_RUN:
            continue
        length = SHORTEST_RUN
        while length < len(text) and start + length < len(run) and text[length] == run[start + length]:
            length += 1
        longest = max(longest, length)
    return longest
