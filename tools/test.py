"""`make test`: first what needs no running platform, on both cores, then a hundred stories of the event path's model, then
what starts real parts, one after the other.

With `--broker=off` the last part is the main job on a platform without Redis. With `--deep` (`make test-deep`) it is what takes
too long for that: ten thousand stories, and all that is marked `deep`. With `--cluster` (`make test-cluster`) it is what needs a
real Kubernetes, one cluster after the other.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

# Three workers for two cores: more than a quarter of a test's time is waiting.
SPREAD = ["-n", "3", "--dist", "loadfile"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Arguments of pytest, what it finds in its environment, and how many minutes it may take."""

    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 30


def model(*, stories: int, shards: int, minutes: int) -> Part:
    """So many stories of the model, spread over so many tests."""
    return Part(
        arguments=["-m", "model", "-n", "2", "--dist", "load"],
        environment={"CODEZEST_MODEL_EXAMPLES": str(stories), "CODEZEST_MODEL_SHARDS": str(shards)},
        minutes=minutes,
    )


QUICK = Part(arguments=["-m", "not platform and not bench and not deep and not model and not cluster", *SPREAD])
MODEL = model(stories=100, shards=2, minutes=20)
PLATFORM = Part(arguments=["-m", "platform and not bench and not deep"])
WITHOUT_BROKER = Part(arguments=[*PLATFORM.arguments, "--broker=off", "tests/e2e"])
DEEP = Part(arguments=["-m", "deep and not cluster", "-s"], minutes=120)
DEEP_MODEL = model(stories=10_000, shards=20, minutes=600)
# Each has a cluster to itself: two at a time would measure each other.
LOOP = "tests/cluster/test_the_dev_loop.py"
CLUSTERS = (["tests/cluster", "tests/images", f"--ignore={LOOP}"], [LOOP], ["tests/operator"])


def main() -> None:
    """Run all parts, also those after one that failed; exit 1 if one failed."""
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("--broker", choices=["on", "off"], default="on", help="off: the main job without Redis")
    parser.add_argument("--deep", action="store_true", help="what takes too long for every day")
    parser.add_argument("--cluster", action="store_true", help="what needs a real Kubernetes")
    options = parser.parse_args()
    sys.exit(verdict([run(part) for part in parts(options.broker, deep=options.deep, cluster=options.cluster)]))


def parts(broker: str, *, deep: bool = False, cluster: bool = False) -> list[Part]:
    """What is run, one after the other; `broker` is on or off."""
    if cluster:
        chosen = ["-m", "cluster" if deep else "cluster and not deep", "-s"]
        return [Part(arguments=[*chosen, *paths], minutes=240 if deep else 30) for paths in CLUSTERS]
    if deep:
        return [DEEP, DEEP_MODEL]
    return [QUICK, MODEL, PLATFORM if broker == "on" else WITHOUT_BROKER]


def verdict(statuses: list[int]) -> int:
    """The exit status of the whole: 1 if any part failed. One that a signal killed has a negative status."""
    return int(any(status != 0 for status in statuses))


def run(part: Part) -> int:
    """Pytest's exit status for one part."""
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *part.arguments]
    environment = {**os.environ, **part.environment}
    return subprocess.run(command, check=False, timeout=part.minutes * 60, env=environment).returncode


if __name__ == "__main__":
    main()
