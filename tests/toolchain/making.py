"""Small pins, toolchains and programs for the tests of the toolchain."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.toolchain.cache import Cache
from tools.toolchain.pins import Outside, Pin
from tools.toolchain.programs import Recipe, Toolchain
from tools.toolchain.steps import Job


def a_pin(folder: Path, **changes: Any) -> Pin:
    """A pin of a program `greet`, made by the recipe `script`."""
    facts: dict[str, Any] = {
        "name": "greet",
        "reason": "It greets.",
        "kind": "script",
        "source": "example/greet",
        "version": "1.2.3",
        "checksum": "h1:abc",
        "programs": {"greet": "bin/greet"},
        "takes": "1 s",
        "room_mb": 1,
        "folder": folder,
    }
    return Pin(**{**facts, **changes})


def write_program(path: Path, says: str, *, code: int = 0) -> Path:
    """An executable that prints one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


class Counting:
    """A recipe that makes the pin's programs and counts how often it was asked to."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, job: Job) -> None:
        self.made.append(job.pin.name)
        for name, path in job.pin.programs.items():
            write_program(job.folder / path, f"hello from {name}")


def a_toolchain(
    root: Path, *pins: Pin, recipe: Recipe | None = None, environ: Mapping[str, str] | None = None
) -> Toolchain:
    """A toolchain over the cache in `root`, in an environment without programs of its own."""
    recipes = {"script": recipe or Counting()}
    return Toolchain({pin.name: pin for pin in pins}, Cache(root), environ=environ or {"PATH": ""}, recipes=recipes)


DAPRD = {"daprd": Outside(accepts="1.18", also_in="~/.dapr/bin")}
