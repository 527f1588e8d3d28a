"""The pins: what each outside program is, and the key under which its finished folder is kept."""

import hashlib
import json
import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

# What a build is made of. Reasons and estimates are not: rewording one must not cost a build of five minutes.
NOT_IN_KEY = {"reason", "takes", "room_mb", "outside", "group"}
# Facts that came later: a pin without them keeps the key it had.
ONLY_IF_SET = ("edits", "keeps")


class PinError(ValueError):
    """A pin is incomplete: a mistake in pins.toml, not of the machine."""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A program of the machine that may serve instead of ours.

    Found on PATH or in the folder `also_in` and asked `asks`, it must name a version that is `at_least` that,
    or begins with `accepts`.
    """

    asks: str = "--version"
    at_least: str = ""
    accepts: str = ""
    also_in: str = ""


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One outside program (or a few from one package): where from, which version, what it must hash to."""

    name: str
    reason: str
    kind: str
    source: str
    version: str
    checksum: str | Mapping[str, str]
    programs: Mapping[str, str]
    takes: str = ""
    room_mb: int = 100
    packages: Mapping[str, str] = field(default_factory=dict)
    ldflags: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, Outside] = field(default_factory=dict)
    group: str = ""
    folder: Path = HERE

    @cached_property
    def key(self) -> str:
        """Twelve hex digits over the pin, the platform and every file the build uses."""
        facts = {name: value for name, value in vars(self).items() if name not in NOT_IN_KEY | {"folder"}}
        for late in ONLY_IF_SET:
            if not facts[late]:
                del facts[late]
        facts["platform"] = this_platform()
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        for place, path in sorted(self.build_files().items()):
            digest.update(f"\0{place}\0".encode() + path.read_bytes())
        return digest.hexdigest()[:12]

    @property
    def title(self) -> str:
        """The name and version, as shown to people."""
        return f"{self.name} {self.version}"

    def build_files(self) -> dict[str, Path]:
        """The repository's own files that the build uses, by the place they take in it."""
        return {place: self.folder / path for place, path in self.files.items()}


def this_platform() -> str:
    """System and processor, such as linux-x86_64: what a binary depends on."""
    return f"{platform.system()}-{platform.machine()}".lower()


def load(path: Path = HERE / "pins.toml") -> dict[str, Pin]:
    """All pins by name, in the file's order. Raises PinError for an incomplete or contradictory one."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    pins = {name: _pin(name, table, path.parent) for name, table in tables.items()}
    owners: dict[str, str] = {}
    for pin in pins.values():
        for program in pin.programs:
            if owners.setdefault(program, pin.name) != pin.name:
                raise PinError(f"{path.name}: the program {program} is in both {owners[program]} and {pin.name}")
    return pins


def _pin(name: str, table: dict[str, Any], folder: Path) -> Pin:
    needed = ("reason", "kind", "source", "version", "checksum", "programs")
    missing = [word for word in needed if not table.get(word)]
    if missing:
        raise PinError(f"the pin {name} lacks {', '.join(missing)}")
    outside = {program: Outside(**rule) for program, rule in table.pop("outside", {}).items()}
    pin = Pin(name=name, folder=folder, outside=outside, **table)
    absent = [str(path) for path in pin.build_files().values() if not path.is_file()]
    if absent:
        raise PinError(f"the pin {name} names files that are not there: {', '.join(absent)}")
    return pin
