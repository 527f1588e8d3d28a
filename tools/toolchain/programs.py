"""Where the outside programs are: found on this machine, in the cache, or built into it.

programs.ensure("daprd")   the program, built or fetched first if need be
programs.find("daprd")     the program, or None; never builds, never uses the network
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.toolchain import golang, packages
from tools.toolchain.cache import Cache, Say
from tools.toolchain.errors import ToolError
from tools.toolchain.outside import find_outside
from tools.toolchain.pins import Pin, load
from tools.toolchain.steps import Job

__all__ = ["RECIPES", "ToolError", "Toolchain", "ensure", "find", "toolchain"]

LOCK_SECONDS = 3600.0
MEGABYTE = 1_000_000

Recipe = Callable[[Job], None]

# A recipe fills the job's folder. One that changes what comes out needs a change in pins.toml to be noticed.
RECIPES: dict[str, Recipe] = {
    "go": golang.build_go,
    "main": golang.build_main,
    "collector": golang.build_collector,
    "wheel": packages.fetch_wheel,
    "jar": packages.fetch_jar,
    "npm": packages.fetch_npm,
    "files": golang.keep_files,
}


class Toolchain:
    """The pinned programs over one cache and one environment."""

    def __init__(
        self,
        pins: Mapping[str, Pin],
        cache: Cache,
        *,
        environ: Mapping[str, str],
        recipes: Mapping[str, Recipe] = RECIPES,
    ) -> None:
        self.pins = pins
        self.cache = cache
        self._environ = environ
        self._recipes = recipes
        self._pin_of = {program: pin for pin in pins.values() for program in pin.programs}

    def names(self) -> list[str]:
        """All programs that can be asked for."""
        return list(self._pin_of)

    def group(self, group: str) -> list[str]:
        """The programs of one group; the one without a name is what the local run, the tests and CI start."""
        return [program for program, pin in self._pin_of.items() if pin.group == group]

    def pin(self, name: str) -> Pin:
        """The pin behind a program. Raises ToolError for an unknown name."""
        if name not in self._pin_of:
            raise ToolError(f"there is no program called {name}; known are {', '.join(self._pin_of)}.")
        return self._pin_of[name]

    def find(self, name: str) -> Path | None:
        """The program if it is here, else None. Looks at files only. Raises ToolError for an unknown name."""
        return self.outside(name) or self.cache.program(self.pin(name), name)

    def outside(self, name: str) -> Path | None:
        """The machine's own program if it serves, else None."""
        rule = self.pin(name).outside.get(name)
        if rule is None:
            return None
        return find_outside(name, rule, self._environ)

    def ensure(self, name: str, *, say: Say | None = None, lock_seconds: float = LOCK_SECONDS) -> Path:
        """The program, prepared first if it is not here. Safe in several processes at once.

        Raises ToolError with what failed, the log's place and how to go on.
        """
        if found := self.find(name):
            return found
        pin, tell = self.pin(name), say or _say
        with self.cache.locked(pin, seconds=lock_seconds, say=tell):
            if not self.cache.is_complete(pin):  # Another process may have finished it while we waited.
                self._prepare(pin, tell)
        return self.cache.entry(pin) / pin.programs[name]

    def _prepare(self, pin: Pin, say: Say) -> None:
        started = time.monotonic()
        self._ask_for_room(pin)
        log = self.cache.log(pin)
        log.write_text(f"{pin.title}, from {pin.source}\n", encoding="utf-8")
        log.chmod(0o644)
        say(f"{pin.title}: preparing, about {pin.takes}, once. {pin.reason} Log: {log}")
        with self.cache.staging(pin) as staging:
            folder, scratch = staging / "entry", staging / "scratch"
            folder.mkdir()
            scratch.mkdir()
            job = Job(
                pin=pin, cache=self.cache, folder=folder, scratch=scratch, environ=self._environ, say=say,
                tool=lambda name: self.ensure(name, say=say),
            )  # fmt: skip
            try:
                self._recipes[pin.kind](job)
                self.cache.publish(pin, folder)
            except OSError as problem:
                raise ToolError(job.failure(str(problem))) from problem
        megabytes = self.cache.size(pin) / MEGABYTE
        say(f"{pin.title}: ready after {time.monotonic() - started:.0f} s, {megabytes:.0f} MB")

    def _ask_for_room(self, pin: Pin) -> None:
        free = shutil.disk_usage(self.cache.root).free / MEGABYTE
        if free < pin.room_mb:
            raise ToolError(
                f"{pin.title} needs about {pin.room_mb} MB of free disk while it is prepared, but {self.cache.root} has "
                f"{free:.0f} MB. Free some room, or set CODEZEST_CACHE to a folder on another disk."
            )


def toolchain() -> Toolchain:
    """The toolchain of this repository, this user and this environment."""
    return Toolchain(load(), Cache.of(os.environ), environ=dict(os.environ))


def ensure(name: str, *, say: Say | None = None) -> Path:
    """The program's path, prepared first if it is not here. Raises ToolError (see Toolchain.ensure)."""
    return toolchain().ensure(name, say=say)


def find(name: str) -> Path | None:
    """The program's path if it is here, else None. Never builds. Raises ToolError for an unknown name."""
    return toolchain().find(name)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
