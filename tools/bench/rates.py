"""Events per second of each of the three transactions on an event's way, one after the other, by batch. No sidecars."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

from tools.bench.figures import Figure, say
from tools.bench.scene import MOST, Scene

# Batch -> events measured: enough for a second or two.
BATCHES = {1: 500, 10: 3000, 100: 10_000, MOST: 10_000}

Measure = Callable[[Scene, int, int], Awaitable[float]]


async def emit_seconds(scene: Scene, batch: int, count: int) -> float:
    """T1: a unit of work that states `batch` facts and commits, again and again."""
    started = time.perf_counter()
    for _ in range(count // batch):
        await scene.emit(batch)
    return time.perf_counter() - started


async def assign_seconds(scene: Scene, batch: int, count: int) -> float:
    """T2 with `batch` rows in the outbox, again and again; what fills the outbox is not counted."""
    seconds = 0.0
    for _ in range(count // batch):
        await scene.emit(batch)
        started = time.perf_counter()
        moved = await scene.source.assign()
        seconds += time.perf_counter() - started
        if len(moved) != batch:
            raise AssertionError(f"{len(moved)} rows were moved, not {batch}: the figure would be wrong")
    return seconds


async def apply_seconds(scene: Scene, batch: int, count: int) -> float:
    """T3: a lane drains `count` events in pages of `batch`, an effect row each; reading the pages included."""
    await scene.log(-(-count // MOST) * MOST)
    lane = await scene.lane(rows=batch, until=count)
    started = time.perf_counter()
    await lane.pull()
    seconds = time.perf_counter() - started
    rows, events, _ = await scene.effects()
    if (rows, events) != (count, count):
        raise AssertionError(f"{rows} effects of {events} events, not {count}: the bus is wrong, not slow")
    return seconds


STEPS: dict[str, Measure] = {"emit": emit_seconds, "assign": assign_seconds, "apply": apply_seconds}


async def rates(scene: Scene) -> AsyncIterator[Figure]:
    """Each step at each batch, after a warm-up."""
    for name, measure in STEPS.items():
        await scene.forget_all()
        await measure(scene, MOST, MOST)
        for batch, count in BATCHES.items():
            await scene.forget_all()
            seconds = await measure(scene, batch, count)
            figure = Figure(name=f"{name}, batch {batch}", value=count / seconds, unit="events/s")
            say(str(figure))
            yield figure
