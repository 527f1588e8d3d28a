"""Access tokens: RFC 9068 JWTs signed ES256, and the public keys they are checked with."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.auth.domain.access_tokens import LIFETIME
from services.auth.domain.sessions import SignedIn
from shared.http.tokens import ALGORITHM, AUDIENCE

CURVE = "P-256"


class SignedTokens:
    """Signs with the private key in `pem` (PKCS #8, P-256). ValueError for another kind of key; it quotes nothing of it."""

    def __init__(self, pem: str, *, issuer: str, new_id: Callable[[], UUID]) -> None:
        self._key = _read(pem)
        self._kid = self._key.thumbprint()  # RFC 7638: the same in every replica, another one for another key
        self._issuer = issuer
        self._new_id = new_id

    def issue(self, session: SignedIn, *, at: datetime) -> str:
        """See AccessTokens."""
        issued = int(at.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(session.user_id),
            "sid": str(session.session_id),
            "roles": session.roles,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "jti": str(self._new_id()),
        }
        header = {"typ": "at+jwt", "alg": ALGORITHM, "kid": self._kid}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def public_keys(self) -> dict[str, Any]:
        """See AccessTokens."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": ALGORITHM}]}


def _read(pem: str) -> ECKey:
    try:
        key = ECKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        key = None
    if key is None or not key.is_private or key.curve_name != CURVE:
        raise ValueError(f"the secret auth-signing-key is not a private {CURVE} key in PEM (PKCS #8): make a new one")
    return key
