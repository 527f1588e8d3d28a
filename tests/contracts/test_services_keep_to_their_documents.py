"""Requests made from the documents, sensible ones and others: every service answers each as its document says.

`make fuzz` makes 50,000 of them: CASES and SEED say how many, and which.
"""

import asyncio
import os
import time

import pytest

from tests.contracts.fuzzing import Exploration, Found, explore
from tests.contracts.serving import ROLES, Served, served
from tools.database.services import services

CASES = int(os.environ.get("CODEZEST_FUZZ_CASES", "1000"))
SEED = int(os.environ.get("CODEZEST_FUZZ_SEED", "1"))
MOST_EDGES = "Grace"  # an admin may most; the others try only the random part, unless many cases are asked for
QUICK = 200  # cases of one service, below which a round is a short one

# Other threads, the service's workers among them, may use `random` while Hypothesis draws: nothing it draws depends on it.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")


@pytest.mark.thorough
@pytest.mark.timeout(3600 * 6)
@pytest.mark.parametrize("service", services())
async def test_a_service_answers_as_its_document_says(
    service: str, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = CASES // len(services())
    found, seed = Found(), SEED
    async with served(service, database_url) as place:
        while found.cases < wanted and not found.failures:
            for name in ROLES:
                found.add(await explored(place, name, seed, short=wanted <= QUICK))
            with capsys.disabled():
                print(f"{service}: {found.cases} of {wanted} cases, seed {seed}, {dict(found.answers)}")  # noqa: T201 - progress
            seed += 1
    assert not found.failures, _report(found, SEED)
    documented = {f"{method.upper()} {path}" for path, methods in place.document["paths"].items() for method in methods}
    assert documented <= found.operations, "every operation is tried"
    assert found.cases >= wanted
    assert found.answers["2xx"] >= found.cases / 50, "most requests were refused before they reached anything"


async def explored(place: Served, name: str, seed: int, *, short: bool) -> Found:
    """What somebody of the cast sees in one round."""
    loop, before = asyncio.get_running_loop(), time.monotonic()

    def token() -> str:
        return asyncio.run_coroutine_threadsafe(place.sign_in(name), loop).result(60)

    what = Exploration(
        url=place.url,
        document=place.document,
        token=token,
        seed=seed,
        examples=2 if short else 50,
        edges=name == MOST_EDGES or not short,
    )
    found = await asyncio.to_thread(explore, what)
    assert found.cases > 0, f"{name} asked nothing in {time.monotonic() - before:.0f} s"
    return found


def _report(found: Found, seed: int) -> str:
    lines = [f"{what}\n  {how}" for what, how in found.failures.items()]
    return "\n\n".join([*lines, f"To see it again: make fuzz SEED={seed} CASES={CASES}"])
