"""`make test`: first what needs no running platform, on both cores, then what starts real parts, one after the other.

With `--broker=off` the second half is the main job on a platform without Redis. With `--deep` (`make test-deep`) it is what takes
too long for that: the model of the event path at length, and all that is marked `deep`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

# Three workers for two cores: more than a quarter of a test's time is waiting.
SPREAD = ["-n", "3", "--dist", "loadfile"]
STORIES, SHARDS = 10_000, 20


@dataclass(frozen=True, kw_only=True)
class Half:
    """Arguments of pytest, what it finds in its environment, and how many minutes it may take."""

    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 30


QUICK = Half(arguments=["-m", "not platform and not bench and not deep", *SPREAD])
PLATFORM = Half(arguments=["-m", "platform and not bench and not deep"])
WITHOUT_BROKER = Half(arguments=[*PLATFORM.arguments, "--broker=off", "tests/e2e"])
DEEP = Half(arguments=["-m", "deep", "-s"], minutes=120)
MODEL = Half(
    arguments=["-m", "model", "-n", "2", "--dist", "load"],
    environment={"CODEZEST_MODEL_EXAMPLES": str(STORIES), "CODEZEST_MODEL_SHARDS": str(SHARDS)},
    minutes=600,
)


def main() -> None:
    """Run both halves, the second even if the first failed; exit 1 if one failed."""
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("--broker", choices=["on", "off"], default="on", help="off: the main job without Redis")
    parser.add_argument("--deep", action="store_true", help="what takes too long for every day")
    options = parser.parse_args()
    sys.exit(verdict([run(half) for half in halves(options.broker, deep=options.deep)]))


def halves(broker: str, *, deep: bool = False) -> list[Half]:
    """What is run, one after the other; `broker` is on or off."""
    if deep:
        return [DEEP, MODEL]
    return [QUICK, PLATFORM if broker == "on" else WITHOUT_BROKER]


def verdict(statuses: list[int]) -> int:
    """The exit status of the whole: 1 if any half failed. One that a signal killed has a negative status."""
    return int(any(status != 0 for status in statuses))


def run(half: Half) -> int:
    """Pytest's exit status for one half."""
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *half.arguments]
    environment = {**os.environ, **half.environment}
    return subprocess.run(command, check=False, timeout=half.minutes * 60, env=environment).returncode


if __name__ == "__main__":
    main()
