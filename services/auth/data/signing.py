"""Access tokens: RFC 9068 JWTs signed ES256 with the key whose turn it is, and the public keys they are checked with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey

from services.auth.data.signing_keys import AesSeal
from services.auth.domain.access_tokens import LIFETIME
from services.auth.domain.sessions import SignedIn
from services.auth.domain.signing_keys import SigningKey, signer
from shared.errors import Unavailable
from shared.http.tokens import ALGORITHM, AUDIENCE

ReadKeys = Callable[[], Awaitable[Sequence[SigningKey]]]


class NothingToSignWith(Unavailable):
    """No key signs, or the keys have not been read for so long that another one may sign by now."""

    slug = "nothing-to-sign-with"

    def __init__(self) -> None:
        super().__init__("Nobody can be signed in just now. Try again in a moment.", retry_after=1)


@dataclass
class SignedTokens:
    """Signs with the platform's keys as this process last read them.

    `follow` reads them again and is to be called every second. Who has not read them for `stale_after`, the time a new
    key is published before it signs, does not sign: it might use one that has been taken back.
    """

    read: ReadKeys
    seal: AesSeal = field(repr=False)
    issuer: str
    new_id: Callable[[], UUID]
    now: Callable[[], datetime]
    stale_after: timedelta
    _keys: Sequence[SigningKey] = ()
    _pairs: dict[str, ECKey | None] = field(default_factory=dict, repr=False)
    _read_at: datetime | None = None

    async def follow(self) -> None:
        """Read the keys as they are now."""
        at = self.now()
        keys = await self.read()
        known = self._pairs
        self._pairs = {key.kid: known[key.kid] if key.kid in known else self.seal.open(key) for key in keys}
        self._keys = [key for key in keys if self._pairs[key.kid] is not None]
        self._read_at = at

    def demand(self, *, at: datetime) -> None:
        """See AccessTokens. NothingToSignWith while the keys are out of reach."""
        self._signer(at)

    def issue(self, session: SignedIn, *, at: datetime) -> str:
        """See AccessTokens. NothingToSignWith while the keys are out of reach."""
        key, pair = self._signer(at)
        issued = int(at.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": str(session.user_id),
            "sid": str(session.session_id),
            "roles": session.roles,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "jti": str(self.new_id()),
        }
        header = {"typ": "at+jwt", "alg": ALGORITHM, "kid": key.kid}
        return jwt.encode(header, claims, pair, algorithms=[ALGORITHM])

    def _signer(self, at: datetime) -> tuple[SigningKey, ECKey]:
        key = signer(self._keys, at=at)
        pair = self._pairs[key.kid] if key else None
        if key is None or pair is None or self._read_at is None or at - self._read_at > self.stale_after:
            raise NothingToSignWith
        return key, pair

    def public_keys(self) -> dict[str, Any]:
        """See AccessTokens. The newest come first; one that does not sign yet is there, one that has retired is not."""
        at = self.now()
        shown = sorted(self._keys, key=lambda key: key.signs_from, reverse=True)
        return {"keys": [self._public(key) for key in shown if key.is_published(at=at)]}

    def _public(self, key: SigningKey) -> dict[str, Any]:
        pair = self._pairs[key.kid]
        return {**pair.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": ALGORITHM} if pair else {}
