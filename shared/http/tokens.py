"""Access tokens, checked locally: RFC 9068 `at+jwt`, signed ES256 by auth, whose public keys are fetched when needed."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry, deserialize_compact
from joserfc.util import urlsafe_b64decode

from shared.dapr import SidecarError
from shared.errors import Unauthenticated, Unavailable
from shared.http.access import Principal
from shared.http.revocations import Revocations
from shared.http.token_cache import CheckedToken, TokenCache

ALGORITHM = "ES256"
AUDIENCE = "codezest"
TYPE = "at+jwt"
MAX_TOKEN_CHARS = 4096
MAX_LIFE_SECONDS = 3600  # auth issues for ten minutes; whatever claims far more is not auth's
RENEW_SECONDS = 5.0  # so often they are asked for without need
REFETCH_SECONDS = 5.0  # an unknown key id may ask auth for new keys at most this often
RETRY_SECONDS = 0.5  # so long nobody asks again after auth failed to give any keys

# What reading something that is no token of ours may raise, endless nesting included.
MALFORMED = (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError)

logger = logging.getLogger(__name__)

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


class TokenVerifier:
    """Turns an access token into a Principal. Holds auth's keys; asks again when a token names one it does not know,
    but not within `pause` seconds.

    What was revoked is refused like what has expired: a client does the same about both, it refreshes.
    """

    def __init__(
        self, fetch: FetchKeys, *, issuer: str, revocations: Revocations, pause: float = REFETCH_SECONDS
    ) -> None:
        self._fetch = fetch
        self._revocations = revocations
        self._pause = pause
        self._keys: KeySet | None = None
        self._kids: frozenset[str] = frozenset()
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._checked = TokenCache()
        self._registry = JWSRegistry(algorithms=[ALGORITHM])
        self._claims = jwt.JWTClaimsRegistry(
            leeway=5,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            sid={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """The caller. Unauthenticated for any token that is not a fresh one of ours, Unavailable without auth's keys or list."""
        checked = self._checked.get(token) or await self._check(token)
        if await self._revocations.refuses(checked.caller, issued_at=checked.issued_at):
            raise _refused()
        return checked.caller

    async def _check(self, token: str) -> CheckedToken:
        refused = _refused()
        if len(token) > MAX_TOKEN_CHARS:
            raise refused
        try:
            keys = await self._keys_for(_kid_of(token))
            signed = deserialize_compact(token, keys, algorithms=[ALGORITHM], registry=self._registry)
            claims = _object(signed.payload or b"")
            self._claims.validate(claims)
            checked = CheckedToken(caller=_principal(claims), issued_at=claims["iat"], expires=claims["exp"])
        except MALFORMED as error:
            raise refused from error
        self._checked.put(token, checked)
        return checked

    async def renew(self) -> None:
        """Fetch the keys before anybody needs them: so new ones are known in time, and those taken back are forgotten.

        SidecarError or Unavailable when auth does not give any: those of before stay.
        """
        async with self._fetching:
            self._take(await self._fetch())

    async def _keys_for(self, kid: str) -> KeySet:
        """The keys to check with; a known key id never waits for anybody."""
        if self._keys is not None and kid in self._kids:
            return self._keys
        async with self._fetching:
            pause = self._pause if self._keys is not None else RETRY_SECONDS
            if time.monotonic() - self._fetched_at < pause:
                return self._known()
            try:
                self._take(await self._fetch())
            except (SidecarError, Unavailable) as error:
                logger.warning("auth's keys cannot be fetched: %s", error)
            finally:
                self._fetched_at = time.monotonic()
            return self._known()

    def _known(self) -> KeySet:
        if self._keys is None:
            raise Unavailable("Sign-in cannot be checked just now. Try again.", retry_after=1)
        return self._keys

    def _take(self, document: dict[str, Any]) -> None:
        try:
            keys = KeySet.import_key_set(document)  # type: ignore[arg-type]  # JSON of RFC 7517; joserfc checks it
            kids = frozenset(str(key["kid"]) for key in document["keys"])
        except MALFORMED as error:  # auth's fault, not that of whoever shows a token
            raise Unavailable("auth answered what is not a set of keys", retry_after=1) from error
        self._keys, self._kids = keys, kids
        self._checked.clear()  # a key that is gone vouches for nobody


def _refused() -> Unauthenticated:
    return Unauthenticated("The access token is not valid or has expired: sign in again or refresh it.")


def _object(text: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8 that says nothing twice: two readers could take a different one of the two for the truth."""
    found = _DECODER.decode(text.decode())
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)  # made once: to make it takes as long as to use it


def _kid_of(token: str) -> str:
    """The key id the header names; read before any trust, only to know which key to look for.

    ValueError for any header but auth's own three fields: what else a header can ask for (keys of its own or from
    somewhere, extensions, another form of the payload) is then not ours to understand.
    """
    header, _claims, _signature = token.encode("ascii").split(b".")
    return _kid_in(header)


@lru_cache(maxsize=64)  # all tokens of a key have the same header
def _kid_in(header: bytes) -> str:
    fields = _object(urlsafe_b64decode(header))
    kid = fields["kid"]
    if fields != {"typ": TYPE, "alg": ALGORITHM, "kid": kid} or not isinstance(kid, str):
        raise ValueError("not the header of an access token")
    return kid


def _principal(claims: dict[str, Any]) -> Principal:
    """Who the bearer is. ValueError, TypeError or AttributeError for values of a kind that auth never issues."""
    issued, expires, roles = claims["iat"], claims["exp"], claims["roles"]
    if type(issued) is not int or type(expires) is not int or not 0 < expires - issued <= MAX_LIFE_SECONDS:
        raise ValueError("not the lifetime of an access token")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise TypeError("roles are a list of words")
    return Principal(user_id=_id(claims["sub"]), session_id=_id(claims["sid"]), roles=frozenset(roles))


def _id(text: str) -> UUID:
    found = UUID(text)
    if str(found) != text:
        raise ValueError("an id is written in one way only")
    return found
