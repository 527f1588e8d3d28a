"""`make bench-auth`: what signing in costs and tells, each figure against its gate, all sides in one run."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator

from tools.bench.auth_load import load
from tools.bench.auth_times import cost_of_a_check, equal_times
from tools.bench.figures import Figure, business, machine, say, versions
from tools.bench.journey import AS_IN_PRODUCTION
from tools.local.launch import launched

PARTS = ("tokens", "times", "load")


async def figures(parts: set[str]) -> AsyncIterator[Figure]:
    """Every figure of the parts asked for."""
    if "tokens" in parts:
        yield await cost_of_a_check()
    if parts & {"times", "load"}:
        say("the platform starts")
        async with launched(*AS_IN_PRODUCTION) as platform:
            ports = await platform.ports()
            if "times" in parts:
                async for figure in equal_times(f"http://localhost:{ports['gateway']}"):
                    yield figure
            if "load" in parts:
                async for figure in load(ports):
                    yield figure


async def measure(parts: set[str]) -> list[Figure]:
    """The figures, each said when it is known."""
    found = []
    async for figure in figures(parts):
        say(str(figure))
        found.append(figure)
    return found


def main() -> None:
    """Measure, print, exit 1 if a gate does not hold."""
    parser = argparse.ArgumentParser(prog="make bench-auth", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without any")
    parts = set(parser.parse_args().parts or PARTS)
    if unknown := parts - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    say(machine())
    if busy := business():
        say(busy)
    say(versions("argon2-cffi", "joserfc", "cryptography", "sqlalchemy"))
    found = asyncio.run(measure(parts))
    print("\n".join(["", *map(str, found)]))
    if busy:
        say(busy)
    if failed := [figure.name for figure in found if not figure.passed]:
        sys.exit(f"make bench-auth failed, below the gate: {'; '.join(failed)}.")


if __name__ == "__main__":
    main()
