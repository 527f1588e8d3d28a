"""Access tokens are checked without waiting for auth, as far as that is possible."""

import asyncio
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from uuid_utils.compat import uuid7

from shared.dapr import SidecarError
from shared.errors import Unauthenticated, Unavailable
from shared.http.revocations import Revocations
from shared.http.tokens import ALGORITHM, AUDIENCE, TokenVerifier
from tests.shared.probe import until

ISSUER = "http://localhost:8000"


class Auth:
    """Auth's keys, given as slowly and as rarely as a test says."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        self.asked = 0
        self.away = False
        self.slow = asyncio.Event()
        self.slow.set()

    async def keys(self) -> dict[str, Any]:
        self.asked += 1
        await self.slow.wait()
        if self.away:
            raise SidecarError("auth is away")
        return {"keys": [self.key.as_dict(private=False)]}

    async def was_asked_twice(self) -> bool:
        return self.asked == 2

    def token(self, *, kid: str = "one", **changed: Any) -> str:
        now = int(time.time())
        ids = {"sub": str(uuid7()), "sid": str(uuid7())}
        claims = {"iss": ISSUER, "aud": AUDIENCE, **ids, "roles": [], "iat": now, "exp": now + 60}
        return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt", "kid": kid}, {**claims, **changed}, self.key)


@pytest.fixture
def auth() -> Auth:
    return Auth()


@pytest.fixture
def verifier(auth: Auth) -> TokenVerifier:
    revocations = Revocations()
    revocations.confirmed()
    return TokenVerifier(auth.keys, issuer=ISSUER, revocations=revocations)


async def test_keys_are_fetched_once_for_many_callers(auth: Auth, verifier: TokenVerifier) -> None:
    await asyncio.gather(*(verifier.verify(auth.token()) for _ in range(10)))
    assert auth.asked == 1


@pytest.mark.parametrize("document", [{}, {"keys": [{"kty": "EC"}]}, {"keys": 7}])
async def test_what_is_no_set_of_keys_is_nobodys_fault_but_auths(auth: Auth, document: dict[str, Any]) -> None:
    async def nonsense() -> dict[str, Any]:
        return document

    with pytest.raises(Unavailable):
        await TokenVerifier(nonsense, issuer=ISSUER, revocations=Revocations()).verify(auth.token())


async def test_a_strangers_key_id_keeps_nobody_waiting(auth: Auth, verifier: TokenVerifier) -> None:
    await verifier.verify(auth.token())
    auth.slow.clear()
    verifier._fetched_at = float("-inf")
    stranger = asyncio.create_task(verifier.verify(auth.token(kid="unknown")))
    await until(auth.was_asked_twice, "the stranger's key id is asked for")
    async with asyncio.timeout(5):
        await verifier.verify(auth.token())
    auth.slow.set()
    with pytest.raises(Unauthenticated):
        await stranger


async def test_an_unknown_key_id_does_not_ask_auth_each_time(auth: Auth, verifier: TokenVerifier) -> None:
    await verifier.verify(auth.token())
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await verifier.verify(auth.token(kid="unknown"))
    assert auth.asked == 1


async def test_without_any_keys_callers_are_told_at_once(auth: Auth, verifier: TokenVerifier) -> None:
    auth.away = True
    results = await asyncio.gather(*(verifier.verify(auth.token()) for _ in range(10)), return_exceptions=True)
    assert all(isinstance(result, Unavailable) for result in results)
    assert auth.asked == 1


@pytest.mark.parametrize(
    "changed", [{"iss": "x"}, {"aud": "x"}, {"exp": 1}, {"sub": "nobody"}, {"sid": None}, {"roles": 7}]
)
async def test_a_token_with_a_wrong_claim_is_refused(
    auth: Auth, verifier: TokenVerifier, changed: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.verify(auth.token(**changed))


async def test_a_token_of_a_retired_key_is_refused(auth: Auth, verifier: TokenVerifier) -> None:
    old = auth.token()
    await verifier.verify(old)
    auth.key = ECKey.generate_key("P-256", {"kid": "two"})
    verifier._fetched_at = float("-inf")
    await verifier.verify(auth.token(kid="two"))
    verifier._fetched_at = float("-inf")
    with pytest.raises(Unauthenticated):
        await verifier.verify(old)


async def test_a_signature_is_checked_once(auth: Auth, verifier: TokenVerifier) -> None:
    token = auth.token()
    assert await verifier.verify(token) is await verifier.verify(token)
