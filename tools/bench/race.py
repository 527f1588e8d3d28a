"""The same 10,000 events applied by a lane, and by FastStream, taskiq and Celery out of one Redis: by turns, in one run."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator

from tools.bench.figures import Figure, say
from tools.bench.rivals import RIVALS, Rival, publish, scratch_redis, working
from tools.bench.scene import MOST, Scene

BACKLOG = 10_000
WITHIN = 400.0
LOOK_SECONDS = 0.25


async def race(scene: Scene, url: str) -> AsyncIterator[Figure]:
    """How many times as fast as each rival we are: the median of pairs that ran right after each other."""
    await scene.forget_all()
    await scene.log(BACKLOG)
    messages = await scene.messages()
    async with scratch_redis() as redis:
        environment = {"CODEZEST_BENCH_REDIS": redis, "CODEZEST_BENCH_DATABASE": url}
        ours = await our_rate(scene)
        for rival in RIVALS:
            say(str(rival))
            ratios = []
            for _ in range(rival.rounds):
                theirs = await rival_rate(scene, rival, messages, environment)
                ratios.append(ours / theirs)
                ours = await our_rate(scene)
                ratios.append(ours / theirs)
            figure = Figure(
                name=f"backlog of {BACKLOG:,}: a lane, times as fast as {rival.name}",
                value=statistics.median(ratios),
                unit="x",
                gate=rival.gate,
                goal=rival.goal,
            )
            say(f"{figure}  pairs {', '.join(f'{ratio:.1f}' for ratio in ratios)}")
            yield figure


async def our_rate(scene: Scene) -> float:
    """Events a second of a lane over the whole backlog, from before the first page is read to after the last commit."""
    await scene.forget_effects()
    lane = await scene.lane(rows=MOST, until=BACKLOG)
    started = time.perf_counter()
    await lane.pull()
    seconds = time.perf_counter() - started
    await _all_once(scene)
    say(f"  a lane, pages of {MOST}: {BACKLOG / seconds:,.0f} events/s")
    return BACKLOG / seconds


async def rival_rate(scene: Scene, rival: Rival, messages: list[str], environment: dict[str, str]) -> float:
    """Events a second of a rival, from its first effect to its last by the database's clock: its start is not counted."""
    await scene.forget_effects()
    await asyncio.to_thread(publish, rival, messages, environment)
    with working(rival, environment):
        async with asyncio.timeout(WITHIN):
            while (await scene.effects())[0] < BACKLOG:  # noqa: ASYNC110 - another program works
                await asyncio.sleep(LOOK_SECONDS)
    seconds = await _all_once(scene)
    say(f"  {rival.name}: {BACKLOG / seconds:,.0f} events/s")
    return BACKLOG / seconds


async def _all_once(scene: Scene) -> float:
    """The seconds from first to last effect. AssertionError unless each event has exactly one."""
    rows, events, seconds = await scene.effects()
    if (rows, events) != (BACKLOG, BACKLOG):
        raise AssertionError(f"{rows} effects of {events} events, not {BACKLOG}: a rate of that means nothing")
    return seconds
