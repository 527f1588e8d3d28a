"""How a program is started: in a session of its own, with a clean environment, and bound to the supervisor's life."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.local.unit import Unit

# All that a program gets of this shell.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "USER", "LOGNAME")


async def spawn(unit: Unit, late: Mapping[str, str], log: Path) -> asyncio.subprocess.Process:
    """Start the unit's program; its output is appended to `log`. Raises OSError when that is impossible."""
    # The kernel sends the orphan signal when the supervisor dies, even by SIGKILL.
    guard = ("setpriv", f"--pdeathsig={unit.orphan_signal.name.removeprefix('SIG')}", *unit.prefix, "--")
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *guard,
            *unit.command,
            cwd=unit.directory,
            env={**surroundings(), **unit.environment, **late},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def surroundings() -> dict[str, str]:
    """The environment every program gets besides its own."""
    found = {name: os.environ[name] for name in KEPT if name in os.environ}
    # The interpreter's own folder first, so that `python` means this one.
    found["PATH"] = f"{Path(sys.executable).parent}:{found.get('PATH', os.defpath)}"
    return found | {"PYTHONUNBUFFERED": "1"}
