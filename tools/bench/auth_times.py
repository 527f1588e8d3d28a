"""Whether the time of an answer tells who has an account, and what checking an access token costs beside its signature."""

import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
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
from tools.bench.auth_people import Person, forget, register, registered, sign_in, somebody
from tools.bench.figures import Figure, say

ACCOUNTS = 20
TRIES = 9  # of each: one more failure within the hour is the last that is checked
PAIRS_OF_CHECKS = 15
CHECKS = 200
ISSUER = "http://localhost:8000"


Ask = Callable[[httpx.AsyncClient, Person], Awaitable[httpx.Response]]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Something that anybody can ask of an address, and that is answered with `status` whether it has an account or not."""

    name: str
    ask: Ask
    status: HTTPStatus


PAIRS = (
    Pair(name="unknown address against wrong password", ask=sign_in, status=HTTPStatus.UNAUTHORIZED),
    Pair(name="registering an unknown address against a known one", ask=register, status=HTTPStatus.ACCEPTED),
    Pair(name="a new password for an unknown address against a known one", ask=forget, status=HTTPStatus.ACCEPTED),
)


async def equal_times(gateway: str) -> AsyncIterator[Figure]:
    """By how much the medians of unknown and known addresses differ, tried in pairs, in random order."""
    async with httpx.AsyncClient(base_url=gateway, timeout=60, trust_env=False) as http:
        for pair in PAIRS:
            known, unknown = await _medians(http, pair)
            say(f"  {pair.name}: {unknown:.2f} and {known:.2f} ms, medians of {ACCOUNTS * TRIES}")
            apart = abs(unknown / known - 1) * 100
            yield Figure(name=f"{pair.name}, medians", value=apart, unit="%", gate=5, goal=2, at_most=True)


async def _medians(http: httpx.AsyncClient, pair: Pair) -> tuple[float, float]:
    people = [await registered(http) for _ in range(ACCOUNTS)]
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(-1, ACCOUNTS * TRIES):  # the first of each only warms up
        for known in random.sample([True, False], 2):
            stranger = somebody()  # a new one each time: registering makes an account
            person = Person(email=people[number // TRIES].email, password=stranger.password) if known else stranger
            taken[known].append(await _milliseconds(http, pair, person))
    return statistics.median(taken[True][1:]), statistics.median(taken[False][1:])


async def _milliseconds(http: httpx.AsyncClient, pair: Pair, person: Person) -> float:
    started = time.perf_counter()
    answer = await pair.ask(http, person)
    milliseconds = (time.perf_counter() - started) * 1000
    if answer.status_code != pair.status:
        raise AssertionError(
            f"{pair.name}: {answer.status_code} instead of {pair.status}, and a time that means nothing"
        )
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
