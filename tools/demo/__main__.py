"""`make demo`: walks the main job on the running platform and prints each step with its time."""

import asyncio
import os
import sys
import time
from pathlib import Path

from tools.demo.walk import Addresses, StuckError, walk
from tools.local.control import Control
from tools.local.home import Home
from tools.local.problem import Problem


async def show(name: str, seconds: float) -> None:
    """Print a step that is done."""
    print(f"  {name:40} {seconds * 1000:7.0f} ms", flush=True)


async def demo() -> None:
    """Find the running instance and walk."""
    home = Path(os.environ.get("CODEZEST_HOME", ".local"))
    addresses = Addresses.of(await Control(Home(home)).ports())
    started = time.monotonic()
    print("Somebody new comes to CodeZest:")
    way = await walk(addresses, after_step=show)
    print(f"The main job took {time.monotonic() - started:.1f} s for {way.learner.email}.")
    print(f"Look at the mails at {addresses.mail} and at everything else at {addresses.gateway}/")


def main() -> None:
    """Run the demo; exit 1 with cause and remedy when it cannot go on."""
    try:
        asyncio.run(demo())
    except Problem as problem:
        sys.exit(f"{problem.cause} {problem.remedy}")
    except StuckError as stuck:
        sys.exit(f"The demo is stuck: {stuck}. `make status` shows what is down, `make logs SERVICE=...` why.")


if __name__ == "__main__":
    main()
