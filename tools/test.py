"""`make test`: first what needs no running platform, on both cores, then what starts real parts, one after the other.

With `--broker=off` the second half is the main job on a platform without Redis.
"""

import argparse
import subprocess
import sys

QUICK = ["-m", "not platform and not bench and not deep", "-n", "2", "--dist", "loadfile"]
PLATFORM = ["-m", "platform and not bench"]
MINUTES = 30


def main() -> None:
    """Run both halves, the second even if the first failed; exit 1 if one failed."""
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("--broker", choices=["on", "off"], default="on", help="off: the main job without Redis")
    sys.exit(verdict([run(half) for half in halves(parser.parse_args().broker)]))


def halves(broker: str) -> list[list[str]]:
    """Pytest's arguments for both halves; `broker` is on or off."""
    return [QUICK, PLATFORM if broker == "on" else [*PLATFORM, "--broker=off", "tests/e2e"]]


def verdict(statuses: list[int]) -> int:
    """The exit status of the whole: 1 if any half failed. One that a signal killed has a negative status."""
    return int(any(status != 0 for status in statuses))


def run(arguments: list[str]) -> int:
    """Pytest's exit status for one half."""
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *arguments]
    return subprocess.run(command, check=False, timeout=MINUTES * 60).returncode


if __name__ == "__main__":
    main()
