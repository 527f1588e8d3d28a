"""Runs one command in a process group of its own, and only for as long as the operator is known to lead.

The operator writes lines with a time of the monotonic clock, which all processes of a machine share: so long it leads. When that
time has come, or the operator is gone, the whole group is dead within moments, also if the operator itself is frozen. That is why
this is a process of its own. Runs on a bare Python: `python -I -S leash.py FD SECONDS COMMAND...`.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time

LOST = 75  # the exit status that says so
TOO_LONG = 76
GRACE = 3.0
POLL = 0.2
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run the command; exit with its status, LOST or TOO_LONG."""
    heartbeat, seconds, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    process = subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_me)  # noqa: PLW1509, S603 - one thread; the operator's
    sys.exit(_watch(process, heartbeat, time.monotonic() + seconds))


def _watch(process: subprocess.Popen[bytes], heartbeat: int, latest: float) -> int:
    leading = float("inf")  # until the first line, the operator has only just started this
    os.set_blocking(heartbeat, False)
    with selectors.DefaultSelector() as selector:
        selector.register(heartbeat, selectors.EVENT_READ)
        while process.poll() is None:
            if selector.select(POLL):
                lines = os.read(heartbeat, 65536)
                if not lines:  # the operator is gone, but nobody else leads yet
                    return _end(process, GRACE, LOST)
                leading = float(lines.split()[-1])
            if time.monotonic() >= leading:
                return _end(process, 0, LOST)
            if time.monotonic() >= latest:
                return _end(process, GRACE, TOO_LONG)
    return process.returncode


def _end(process: subprocess.Popen[bytes], grace: float, status: int) -> int:
    """Ask, then end the whole group."""
    for number, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, None)):
        if wait == 0:
            continue
        try:
            os.killpg(process.pid, number)
            process.wait(wait)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    return status


def _die_with_me() -> None:
    """Even SIGKILL for this process takes the command with it."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
