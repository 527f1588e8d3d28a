from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import extract_compact
from uuid_utils.compat import uuid7

from shared.errors import Unauthenticated
from shared.http.revocations import Revocations
from shared.http.tokens import TokenVerifier
from tests.auth.people import signed_in
from tests.running import PUBLIC_URL, Running

JWKS = "/.well-known/jwks.json"


def verifier(auth: Running, issuer: str = PUBLIC_URL) -> TokenVerifier:
    """What another service has: auth's keys, as its sidecar brings them."""

    async def fetch() -> Any:
        return (await auth.client.get(JWKS)).json()

    revocations = Revocations()
    revocations.confirmed()
    return TokenVerifier(fetch, issuer=issuer, revocations=revocations)


async def test_other_services_accept_what_auth_issues(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    principal = await verifier(auth).verify(tokens["access_token"])
    claims = jwt.decode(
        tokens["access_token"], KeySet.import_key_set((await auth.client.get(JWKS)).json()), algorithms=["ES256"]
    ).claims
    assert principal.user_id == UUID(claims["sub"])
    assert principal.session_id == UUID(claims["sid"])
    assert principal.roles == frozenset()
    assert claims.keys() == {"iss", "aud", "sub", "sid", "roles", "iat", "exp", "jti"}
    assert (claims["iss"], claims["aud"], claims["exp"] - claims["iat"]) == (PUBLIC_URL, "codezest", 600)


async def test_the_header_names_the_key_by_its_thumbprint(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    header = extract_compact(tokens["access_token"].encode()).headers()
    (key,) = (await auth.client.get(JWKS)).json()["keys"]
    assert header == {"typ": "at+jwt", "alg": "ES256", "kid": ECKey.import_key(key).thumbprint()}


async def test_the_published_keys_hold_nothing_private(auth: Running) -> None:
    answer = await auth.client.get(JWKS)
    (key,) = answer.json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


async def test_the_keys_are_not_within_the_gateways_reach(auth: Running) -> None:
    assert (await auth.client.get(f"/api/auth{JWKS}")).status_code == 404


async def test_auth_asks_no_other_service_to_check_its_own_tokens(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await auth.client.get("/api/auth/v1/me", headers=headers)).status_code == 200
    assert [call for call in auth.sidecar.invoked if call[2] == JWKS] == []


async def test_a_token_of_another_platform_or_another_key_is_refused(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    with pytest.raises(Unauthenticated):
        await verifier(auth, issuer="https://elsewhere.example").verify(tokens["access_token"])
    headers = auth.sign_in(uuid7())  # signed by a key that auth does not know
    assert (await auth.client.get("/api/auth/v1/me", headers=headers)).status_code == 401
