"""A measured figure, what it must reach and what it is meant to reach, and how it is printed."""

import math
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A gate must hold, a goal is what we aim at; without a gate the figure is for information."""

    name: str
    value: float
    unit: str
    gate: float | None = None
    goal: float | None = None
    at_most: bool = False
    digits: int = 1

    @property
    def passed(self) -> bool:
        """Whether the gate holds; without one, it does."""
        return self.gate is None or self._reaches(self.gate)

    def __str__(self) -> str:
        line = f"{self.name:58} {self.value:10,.{self.digits}f} {self.unit:9}"
        if self.gate is None or self.goal is None:
            return line
        sign = "<=" if self.at_most else ">="
        verdict = "PASS" if self.passed else "FAIL"
        reached = "reached" if self._reaches(self.goal) else "missed"
        return f"{line} {verdict}  gate {sign} {self.gate:g}, goal {sign} {self.goal:g} {reached}"

    def _reaches(self, limit: float) -> bool:
        return self.value <= limit if self.at_most else self.value >= limit


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` is 0 to 1."""
    return sorted(values)[math.ceil(len(values) * share) - 1]


def say(line: str) -> None:
    """Print a line of progress at once, with the time."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def machine() -> str:
    """On what was measured, one line."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return f"{os.cpu_count()} x {names[0] if names else platform.machine()}, load {load}, Python {platform.python_version()}"


def business() -> str:
    """A warning if others use the machine, else an empty string: gates are meant for a machine that does nothing else."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    return (
        f"others are using this machine (load {load:.1f} on {cores} cores): expect worse figures"
        if load > cores / 2
        else ""
    )


def versions(*packages: str) -> str:
    """Installed versions, one line."""
    return ", ".join(f"{package} {version(package)}" for package in packages)
