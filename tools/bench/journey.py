"""The real platform: an event's way from commit to commit through two sidecars, by pull alone, and a backlog's way."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from tools.bench.classroom import Classroom, classroom
from tools.bench.figures import Figure, percentile, say
from tools.local.control import Control
from tools.local.launch import launched

SAMPLES = 300
PER_SECOND = 20.0
WARM_UP = 20
BACKLOG = 10_000
CONSUMER = "activity-1"
# As in production: one trace in twenty is recorded, and their viewer runs elsewhere.
AS_IN_PRODUCTION = ("--traces", "0.05", "--without", "zipkin")

GATE_MS, GOAL_MS = {"p50": 15.0, "p99": 80.0}, {"p50": 8.0, "p99": 40.0}
WAY = "commit -> effect elsewhere"


async def journeys() -> AsyncIterator[Figure]:
    """Every figure that needs the platform; it is started twice, with and without the broker."""
    say("the platform starts")
    async with launched(*AS_IN_PRODUCTION) as platform, classroom(platform, lessons=2 * SAMPLES + WARM_UP) as room:
        await one_at_a_time(room, WARM_UP)
        for name, go in {"one at a time": one_at_a_time, f"{PER_SECOND:g} a second": steadily}.items():
            for figure in await latencies(room, go, name=f"{WAY}, {name}", gated=True):
                yield figure
        yield await backlog(platform, room)
    say("the platform starts without a broker")
    async with launched(*AS_IN_PRODUCTION, "--broker", "off") as platform, classroom(platform, lessons=SAMPLES) as room:
        for figure in await latencies(room, steadily, name=f"{WAY}, by pull alone", gated=False):
            yield figure


async def one_at_a_time(room: Classroom, count: int) -> None:
    """The next event after the effect of the last."""
    for _ in range(count):
        await room.complete_a_lesson()
        await room.until_applied()


async def steadily(room: Classroom, count: int) -> None:
    """As many a second whatever becomes of them, at random distances so that no timer falls into step."""
    async with asyncio.TaskGroup() as requests:
        for _ in range(count):
            requests.create_task(room.complete_a_lesson())
            await asyncio.sleep(random.expovariate(PER_SECOND))
    await room.until_applied()


async def latencies(
    room: Classroom, go: Callable[[Classroom, int], Awaitable[None]], *, name: str, gated: bool
) -> list[Figure]:
    """p50 and p99 of so many events in milliseconds, by the database's commit times."""
    before = await room.position()
    await go(room, SAMPLES)
    measured = await room.milliseconds(after=before)
    if len(measured) != SAMPLES:
        raise AssertionError(f"{len(measured)} effects of {SAMPLES} events")
    positions, effects = zip(*measured, strict=True)
    figures = [Figure(name=f"{name}: p50 of the part in the source", value=percentile(positions, 0.5), unit="ms")]
    for label, share in {"p50": 0.5, "p99": 0.99}.items():
        value, unit = percentile(effects, share), "ms"
        gate, goal = (GATE_MS[label], GOAL_MS[label]) if gated else (None, None)
        figures.append(Figure(name=f"{name}, {label}", value=value, unit=unit, gate=gate, goal=goal, at_most=True))
    for figure in figures:
        say(str(figure))
    return figures


async def backlog(platform: Control, room: Classroom) -> Figure:
    """Seconds from the start of a stopped consumer until it has applied 10,000 events, its own start included."""
    await platform.stop(CONSUMER)
    await room.log(BACKLOG)
    started = time.monotonic()
    await platform.start(CONSUMER)
    await room.until_applied(within=300)
    seconds = time.monotonic() - started
    name = f"backlog of {BACKLOG:,} drained by a service that starts"
    figure = Figure(name=name, value=seconds, unit="s", gate=60, goal=30, at_most=True)
    say(str(figure))
    return figure
