"""How long a person waits: register -> mail, and purchase -> "Upgraded to Pro", 50 times each. `make bench` prints it."""

import math
import statistics
import time

import pytest

from tests.e2e.conftest import on_the_way
from tools.local.control import Control
from tools.local.launch import launched

RUNS = 50
# Between two looks at what is awaited: the figures cannot be finer than this.
LOOK_SECONDS = 0.01

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


async def once(platform: Control) -> tuple[float, float]:
    """Seconds from the click on register to the mail in the box, and from the click on pay to the line in the feed."""
    async with on_the_way(platform) as person:
        person.retry_seconds = LOOK_SECONDS
        registering = time.monotonic()
        await person.register()
        await person.read_welcome_mail()
        registered = time.monotonic() - registering
        await person.verify()
        await person.sign_in()
        await person.choose_pro()
        paying = time.monotonic()
        await person.pay()
        await person.read_feed()
        return registered, time.monotonic() - paying


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile in milliseconds."""
    return sorted(values)[math.ceil(len(values) * share) - 1] * 1000


async def test_how_long_a_person_waits() -> None:
    async with launched() as platform:
        await once(platform)  # the first one meets cold caches
        pairs = [await once(platform) for _ in range(RUNS)]
    print()  # noqa: T201 - a benchmark prints
    for name, values in zip(("register -> mail", 'pay -> "Upgraded to Pro"'), zip(*pairs, strict=True), strict=True):
        series = list(values)
        print(  # noqa: T201 - a benchmark prints
            f"{name:26} {RUNS} runs: p50 {percentile(series, 0.5):.0f} ms, "
            f"p99 (of {RUNS}: the slowest) {percentile(series, 0.99):.0f} ms, mean {statistics.mean(series) * 1000:.0f} ms"
        )
