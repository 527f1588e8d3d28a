"""Everything secret that auth hands out beside access tokens is derived from one key, so nothing raw is stored."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

SHORTEST_KEY_BYTES = 32


@dataclass(frozen=True)
class DerivationKey:
    """The key behind refresh tokens, links and digests of addresses. ValueError for one shorter than 32 bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_KEY_BYTES:
            raise ValueError(f"the token key is shorter than {SHORTEST_KEY_BYTES} bytes: make a longer one")

    def derive(self, purpose: str, *parts: object) -> bytes:
        """32 bytes that only this key gives for `purpose` and `parts`, and gives again."""
        # Lengths go in too: ("ab", "c") and ("a", "bc") must not meet.
        texts = (purpose, *map(str, parts))
        message = b"".join(len(text.encode()).to_bytes(4, "big") + text.encode() for text in texts)
        return hmac.new(self.secret, message, hashlib.sha256).digest()


def text_of(secret: bytes) -> str:
    """A derived secret as text that fits into URLs, headers and cookies: base64url, 43 characters for 32 bytes."""
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def digest_of(token: str) -> bytes:
    """What is stored of a token: its SHA-256. The token has 256 bits of its own, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).digest()
