"""Programs that the machine already has and that serve as well as ours."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tools.toolchain.pins import Outside

ASK_SECONDS = 20


def find_outside(name: str, rule: Outside, environ: Mapping[str, str]) -> Path | None:
    """The first program of PATH, then of the rule's own folder, whose version the rule takes; None if there is none."""
    for candidate in _candidates(name, rule, environ):
        version = version_of(candidate, rule.asks)
        if version and takes(rule, version):
            return candidate
    return None


def takes(rule: Outside, version: str) -> bool:
    """Whether a version such as 1.18.4 satisfies the rule."""
    if rule.accepts:
        wanted = numbers(rule.accepts)
        return numbers(version)[: len(wanted)] == wanted
    return numbers(version) >= numbers(rule.at_least)


def numbers(version: str) -> tuple[int, ...]:
    """1.26.4 as (1, 26, 4), to be compared."""
    return tuple(int(part) for part in version.split("."))


def version_of(program: Path, asks: str) -> str | None:
    """The version a program says it has, or None if it says none or does not answer."""
    about = program.stat()
    return _ask(program, asks, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=64)
def _ask(program: Path, asks: str, _changed: int, _size: int) -> str | None:
    # GOTOOLCHAIN: without it `go version` may download another Go first. The folder: a go.mod nearby must not matter.
    environ = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        answer = subprocess.run(
            [program, asks], capture_output=True, text=True, timeout=ASK_SECONDS, check=True, env=environ, cwd="/"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+(\.\d+)*", answer.stdout)
    return found[0] if found else None


def _candidates(name: str, rule: Outside, environ: Mapping[str, str]) -> list[Path]:
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    if rule.also_in:
        folders.append(rule.also_in.replace("~", environ.get("HOME", "~"), 1))
    found = (shutil.which(name, path=folder) for folder in folders)
    return [Path(path).absolute() for path in found if path]
