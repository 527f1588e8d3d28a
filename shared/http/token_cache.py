"""Access tokens whose signature was checked a moment ago, so that it is not checked again with every request."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from shared.http.access import Principal

KEEP_SECONDS = 60.0
MOST = 10_000  # tokens; about 3 MB


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedToken:
    """What a token says; `issued_at` and `expires` in Unix time."""

    caller: Principal
    issued_at: float
    expires: float


class TokenCache:
    """What a token says, until it expires and at most for `KEEP_SECONDS`. No token is kept, only its SHA-256.

    It knows what a token says, not what has happened since: whether its session was revoked is asked anew every time.
    """

    def __init__(self, *, most: int = MOST, now: Callable[[], float] = time.time) -> None:
        self._most = most
        self._now = now
        self._known: dict[bytes, tuple[float, CheckedToken]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, token: str) -> CheckedToken | None:
        """What it says, or None: it must be checked (again)."""
        digest = _digest(token)
        if (found := self._known.get(digest)) is None:
            return None
        until, checked = found
        if self._now() < until:
            return checked
        del self._known[digest]
        return None

    def put(self, token: str, checked: CheckedToken) -> None:
        """Remember a token that was just checked. The one that came first makes room."""
        now = self._now()
        until = min(checked.expires, now + KEEP_SECONDS)
        if until <= now:
            return
        if len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[_digest(token)] = until, checked

    def clear(self) -> None:
        """Forget all: the keys have changed."""
        self._known.clear()


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
