"""Whatever is wrong with an access token, its bearer learns only that it is refused, and it is refused at no cost."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest

from services.activity.main import create_app
from services.activity.settings import Settings
from shared.http.tokens import REFETCH_SECONDS
from tests.running import Running, running
from tests.shared.attacks import ATTACKS, CARRIERS
from tests.shared.forging import ORDER, Mint, b64

FEED = "/api/activity/v1/feed"
OURS = {"date", "x-request-id", "traceparent"}  # headers that name the request


@pytest.fixture(scope="module")
async def run(database_url: str) -> AsyncIterator[Running]:
    async with running(create_app, Settings, database_url, secrets={"activity-cursor-key": "k" * 32}) as service:
        yield service


@pytest.fixture
def mint(run: Running) -> Mint:
    return Mint(run._key)


async def ask(run: Running, token: str) -> httpx.Response:
    header = f"Bearer {token}".encode("utf-8", "surrogatepass")
    return await run.client.get(FEED, headers=[(b"authorization", header)])


def seen(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a caller can tell two answers apart by."""
    return answer.status_code, answer.content, [item for item in answer.headers.items() if item[0] not in OURS]


@pytest.mark.parametrize("attack", ATTACKS)
async def test_it_is_refused_as_any_other_and_passes_once_mended(run: Running, mint: Mint, attack: str) -> None:
    forgery = ATTACKS[attack](mint)
    refused = await ask(run, forgery.token)
    assert refused.status_code == 401, f"{attack}: {refused.text}"
    assert seen(refused) == seen(await ask(run, "x"))
    assert (await ask(run, forgery.mended)).status_code == 200
    assert forgery.token != forgery.mended


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_token_in_the_wrong_place_counts_as_none(run: Running, mint: Mint, carrier: str) -> None:
    token = mint.good()
    refused = await run.client.get(FEED, **CARRIERS[carrier](token))
    assert refused.status_code == 401
    assert seen(refused) == seen(await run.client.get(FEED, **CARRIERS[carrier]("x")))
    assert refused.content == (await run.client.get(FEED)).content
    assert (await ask(run, token)).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
async def test_the_schemes_name_may_be_written_in_any_case(run: Running, mint: Mint, scheme: str) -> None:
    answer = await run.client.get(FEED, headers={"authorization": f"{scheme} {mint.good()}"})
    assert answer.status_code == 200


async def test_a_mirrored_signature_says_nothing_new(run: Running, mint: Mint) -> None:
    """ECDSA allows (r, n - s) wherever it allows (r, s). It is the same token, so nothing may hang on its letters."""
    good = mint.good()
    said, _, text = good.rpartition(".")
    raw = mint.signature(said.encode())
    mirrored = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    tokens = run.app.state.tokens
    assert await tokens.verify(f"{said}.{b64(mirrored)}") == await tokens.verify(good)
    assert text != b64(mirrored)


async def test_attacks_do_not_send_anybody_for_keys_again_and_again(run: Running, mint: Mint) -> None:
    """A refusal that waited for auth would tell which key ids there are, and let strangers keep auth busy."""
    assert (await ask(run, mint.good())).status_code == 200
    before, began = _asked(run), time.monotonic()
    for forge in ATTACKS.values():
        await ask(run, forge(mint).token)
    assert _asked(run) - before <= 1 + (time.monotonic() - began) / REFETCH_SECONDS


async def test_no_attack_costs_much_more_than_a_good_token(run: Running, mint: Mint) -> None:
    good = await _least_time(run, mint.good())
    slow = {name: await _least_time(run, forge(mint).token) / good for name, forge in ATTACKS.items()}
    assert max(slow.values()) <= 10, {name: times for name, times in slow.items() if times > 10}


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) + len(CARRIERS) >= 40


def _asked(run: Running) -> int:
    return sum(path == "/.well-known/jwks.json" for _, _, path, _ in run.sidecar.invoked)


async def _least_time(run: Running, token: str) -> float:
    """Seconds that the quickest of five requests took: what the work itself costs, whoever else uses the machine."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        await ask(run, token)
        times.append(time.perf_counter() - began)
    return min(times)
