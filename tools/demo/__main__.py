"""`make demo`: walks the main job on the running platform and prints each step with its time."""

import asyncio
import os
import sys
from pathlib import Path

from tools.demo.telling import tell
from tools.demo.walk import Addresses, StuckError
from tools.local.control import Control
from tools.local.home import Home
from tools.local.problem import Problem


async def demo() -> None:
    """Find the running instance and walk."""
    home = Path(os.environ.get("CODEZEST_HOME", ".local"))
    await tell(Addresses.of(await Control(Home(home)).ports()))


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
