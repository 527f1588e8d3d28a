"""`make bench-bus`: the figures of the event path, each against its gate, all sides in one run."""

import argparse
import sys
from collections.abc import AsyncIterator

import uvloop

from shared.telemetry import start_tracing
from tools.bench.figures import Figure, business, machine, say, versions
from tools.bench.journey import journeys
from tools.bench.race import race
from tools.bench.rates import rates
from tools.bench.scene import DURABLE, staged
from tools.database.scratch import scratch_postgres

PARTS = ("rates", "race", "platform")
TRACE_RATIO = 0.05  # what the services start with


async def without_sidecars(url: str, parts: set[str]) -> AsyncIterator[Figure]:
    """The bus alone, and against the others."""
    async with staged(url) as scene:
        say(await scene.settings())
        if "rates" in parts:
            async for figure in rates(scene):
                yield figure
        if "race" in parts:
            async for figure in race(scene, url):
                yield figure


async def measure(url: str, parts: set[str]) -> list[Figure]:
    """Every figure of the parts asked for."""
    figures = [figure async for figure in without_sidecars(url, parts)] if parts & {"rates", "race"} else []
    if "platform" in parts:
        figures += [figure async for figure in journeys()]
    return figures


def main() -> None:
    """Measure, print, exit 1 if a gate does not hold."""
    parser = argparse.ArgumentParser(prog="make bench-bus", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without any")
    parts = set(parser.parse_args().parts or PARTS)
    if unknown := parts - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    say(machine())
    if busy := business():
        say(busy)
    say(versions("sqlalchemy", "asyncpg", "pydantic", "uvloop"))
    start_tracing(service="bench", instance="", endpoint="", ratio=TRACE_RATIO)
    with scratch_postgres(DURABLE) as url:
        figures = uvloop.run(measure(url, parts))
    print("\n".join(["", *map(str, figures)]))
    if busy:
        say(busy)
    if failed := [figure.name for figure in figures if not figure.passed]:
        sys.exit(f"make bench-bus failed, below the gate: {'; '.join(failed)}.")


if __name__ == "__main__":
    main()
