"""`make bench-http`: how fast a list is read, against its gates, all sides in one run."""

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator
from itertools import pairwise

from tools.bench.figures import Figure, business, machine, say, versions
from tools.bench.http_servers import CONNECTIONS, Side
from tools.bench.http_stage import COURSES, Sides, staged

SECONDS = 1.5
ROUNDS = 3
PAYLOAD = (5_500, 7_500)  # bytes of a list


async def ratio(name: str, ours: Side, theirs: Side, *, gate: float, goal: float) -> Figure:
    """How many times as fast we are: by turns, the median over all pairs that ran right after each other."""
    rates = []
    for _ in range(ROUNDS):
        for side in (ours, theirs):
            answers = await side.rate(SECONDS)
            _check_size(side, answers.body_bytes)
            rates.append(answers.per_second)
    ratios = [
        first / second if number % 2 == 0 else second / first for number, (first, second) in enumerate(pairwise(rates))
    ]
    figure = Figure(name=name, value=statistics.median(ratios), unit="x", gate=gate, goal=goal, digits=2)
    a, b = (statistics.median(rates[start::2]) for start in (0, 1))
    say(f"{figure}  {a:,.0f}/s against {b:,.0f}/s, pairs {', '.join(f'{each:.2f}' for each in ratios)}")
    return figure


def _check_size(side: Side, size: int) -> None:
    least, most = (0, 0) if side.status == 304 else PAYLOAD  # noqa: PLR2004 - Not Modified has no body
    if not least <= size <= most:
        raise AssertionError(f"{side.name} answered {size} bytes; with {COURSES} courses it is {least} to {most}")


async def figures(sides: Sides) -> AsyncIterator[Figure]:
    """Every pair."""
    listed = "the list, signed in, our whole stack"
    yield await ratio(f"{listed}: of the bare app", sides.signed_in, sides.bare, gate=0.30, goal=0.45)
    yield await ratio(f"{listed}: of Django REST", sides.signed_in, sides.django, gate=3, goal=5)
    yield await ratio(f"{listed}: of textbook FastAPI", sides.signed_in, sides.textbook, gate=2, goal=3)
    yield await ratio("the public list, cached: of the bare app", sides.cached, sides.bare, gate=2, goal=4)
    yield await ratio("the same unchanged (304): of the bare app", sides.not_modified, sides.bare, gate=2, goal=4)
    yield await ratio("traced at 5 %: of not traced", sides.signed_in, sides.untraced, gate=0.65, goal=0.75)
    yield await ratio("traced at 100 %: of not traced", sides.all_traced, sides.untraced, gate=0.5, goal=0.6)
    yield await ratio("our middleware: of none", sides.signed_in, sides.unclad, gate=0.8, goal=0.9)


async def measure() -> list[Figure]:
    """Start, warm up, compare."""
    async with staged() as sides:
        for side in vars(sides).values():
            await side.rate(0.5)
        return [figure async for figure in figures(sides)]


def main() -> None:
    """Measure, print, exit 1 if a gate does not hold."""
    say(machine())
    if busy := business():
        say(busy)
    say(
        versions(
            "fastapi", "starlette", "uvicorn", "uvloop", "httptools", "sqlalchemy", "asyncpg", "msgspec", "pydantic"
        )
    )
    say(versions("django", "djangorestframework", "gunicorn", "psycopg", "opentelemetry-sdk"))
    say(f"{COURSES} courses, {CONNECTIONS} connections, {SECONDS} s a turn, {2 * ROUNDS} turns a pair")
    found = asyncio.run(measure())
    print("\n".join(["", *map(str, found)]))
    if busy:
        say(busy)
    if failed := [figure.name for figure in found if not figure.passed]:
        sys.exit(f"make bench-http failed, below the gate: {'; '.join(failed)}.")


if __name__ == "__main__":
    main()
