"""`make test`: first what needs no running platform, on both cores, then what starts real parts, one after the other."""

import argparse
import subprocess
import sys

QUICK = ["-m", "not platform and not bench", "-n", "2", "--dist", "loadfile"]
PLATFORM = ["-m", "platform and not bench"]
MINUTES = 30


def main() -> None:
    """Run both halves, the second even if the first failed; exit 1 if one failed."""
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("--broker", choices=["on", "off"], default="on", help="off: the main job without Redis")
    broker = parser.parse_args().broker
    halves = [QUICK, PLATFORM] if broker == "on" else [[*PLATFORM, "--broker=off", "tests/e2e"]]
    sys.exit(max(run(half) for half in halves))


def run(arguments: list[str]) -> int:
    """Pytest's exit status for one half."""
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *arguments]
    return subprocess.run(command, check=False, timeout=MINUTES * 60).returncode


if __name__ == "__main__":
    main()
