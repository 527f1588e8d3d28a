"""Whether the time of a refusal tells who has an account, and what checking an access token costs beside its signature."""

import random
import statistics
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from shared.http.revocations import Revocations
from shared.http.tokens import ALGORITHM, AUDIENCE, TokenVerifier
from tools.bench.auth_people import Person, registered, sign_in, somebody
from tools.bench.figures import Figure, say

ACCOUNTS = 20
TRIES = 9  # of each: one more failure within the hour is the last that is checked
PAIRS_OF_CHECKS = 15
CHECKS = 200
ISSUER = "http://localhost:8000"


async def equal_times(gateway: str) -> Figure:
    """By how much the medians of a wrong password and of an unknown address differ, tried in pairs, in random order."""
    async with httpx.AsyncClient(base_url=gateway, timeout=60, trust_env=False) as http:
        known = [await registered(http) for _ in range(ACCOUNTS)]
        kinds = {
            "wrong password": [Person(email=person.email, password=somebody().password) for person in known],
            "unknown address": [somebody() for _ in known],
        }
        taken: dict[str, list[float]] = {kind: [] for kind in kinds}
        for number in range(-1, ACCOUNTS * TRIES - 1):
            for kind in random.sample(list(kinds), len(kinds)):
                taken[kind].append(await _refused(http, kinds[kind][number // TRIES]))
    wrong, unknown = (statistics.median(values[1:]) for values in taken.values())
    say(
        f"  a wrong password {wrong:.2f} ms, an unknown address {unknown:.2f} ms: medians of {len(taken['wrong password'])}"
    )
    name = "unknown address against wrong password, medians"
    return Figure(name=name, value=abs(unknown / wrong - 1) * 100, unit="%", gate=5, goal=2, at_most=True)


async def _refused(http: httpx.AsyncClient, person: Person) -> float:
    started = time.perf_counter()
    answer = await sign_in(http, person)
    milliseconds = (time.perf_counter() - started) * 1000
    if answer.status_code != HTTPStatus.UNAUTHORIZED:
        raise AssertionError(f"a sign-in that must fail was answered {answer.status_code}: its time means nothing")
    return milliseconds


async def cost_of_a_check() -> Figure:
    """How many times as long as its signature's bare verification a token's check takes, by turns."""
    key = ECKey.generate_key("P-256", {"kid": "bench"})
    now = int(time.time())

    def token() -> str:
        ids = {"sub": str(uuid4()), "sid": str(uuid4()), "jti": str(uuid4())}
        claims = {"iss": ISSUER, "aud": AUDIENCE, **ids, "roles": ["author"], "iat": now, "exp": now + 600}
        return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt", "kid": "bench"}, claims, key)

    async def keys() -> dict[str, object]:
        return {"keys": [key.as_dict(private=False)]}

    revocations = Revocations()
    revocations.confirmed()
    verifier = TokenVerifier(keys, issuer=ISSUER, revocations=revocations)
    bare = _bare(token(), key.public_key)
    fresh = iter([token() for _ in range(PAIRS_OF_CHECKS * CHECKS)])

    async def check() -> None:
        await verifier.verify(next(fresh))  # one that was checked before would only be remembered

    ratios = []
    for _ in range(PAIRS_OF_CHECKS):
        alone = await _microseconds(bare)
        whole = await _microseconds(check)
        ratios.append(whole / alone)
    say(f"  a signature {alone:.0f} us, a token {whole:.0f} us")
    name = "an access token's check, times its bare signature's"
    return Figure(name=name, value=statistics.median(ratios), unit="x", gate=2, goal=1.5, at_most=True)


def _bare(token: str, public: EllipticCurvePublicKey) -> Callable[[], Awaitable[None]]:
    signed, _, text = token.rpartition(".")
    raw = urlsafe_b64decode(text.encode())
    half = len(raw) // 2
    signature = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))

    async def verify() -> None:
        public.verify(signature, signed.encode(), ECDSA(SHA256()))

    return verify


async def _microseconds(check: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    for _ in range(CHECKS):
        await check()
    return (time.perf_counter() - started) / CHECKS * 1e6
