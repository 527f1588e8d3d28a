"""Changes of docs/openapi that would break a client, found by oasdiff: compared with the documents this work started from."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from tools.contracts.documents import ROOT
from tools.toolchain import programs

FOLDER = Path("docs") / "openapi"
AGREED = FOLDER / "breaking.md"
ENTRY = re.compile(r"^- `(?P<id>[a-z-]+)` `(?P<operation>[^`]+)`: \S", re.MULTILINE)
GIT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """One change that breaks a client: oasdiff's name for its kind, the operation, and a sentence."""

    id: str
    operation: str
    text: str

    def __str__(self) -> str:
        return f"- `{self.id}` `{self.operation}`: {self.text}"


def breakages(before: Path, after: Path) -> list[Breakage]:
    """What of the document `before` a client can no longer rely on in `after`. RuntimeError if oasdiff cannot tell."""
    command: list[str | Path] = [programs.ensure("oasdiff"), "breaking", before, after, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"oasdiff could not compare {before.name}: {done.stderr}")
    found = json.loads(done.stdout or "[]")
    return [
        Breakage(id=one["id"], operation=f"{one.get('operation', '')} {one.get('path', '')}".strip(), text=one["text"])
        for one in found
    ]


def not_agreed(found: list[Breakage], agreed: str) -> list[Breakage]:
    """Those that no entry of breaking.md names; an entry's operation may hold `*`."""
    entries = [(entry["id"], entry["operation"]) for entry in ENTRY.finditer(agreed)]
    return [
        one for one in found if not any(one.id == kind and fnmatch(one.operation, where) for kind, where in entries)
    ]


def baseline(repository: Path = ROOT) -> str | None:
    """The commit whose documents others rely on, or None where there is no history to look into.

    On a branch that is where it left `main`. On `main` it is the last commit while the documents are being changed, and
    after that the commit before the one that changed them: so a clean checkout judges the newest change again.
    """
    head = _git(repository, "rev-parse", "HEAD")
    for trunk in ("main", "origin/main"):
        left = _git(repository, "merge-base", "HEAD", trunk)
        if left and left != head:
            return left
    if _git(repository, "status", "--porcelain", "--", str(FOLDER)):
        return head
    changed = _git(repository, "log", "-1", "--format=%H", "--", f"{FOLDER}/*.json")
    return _git(repository, "rev-parse", "--verify", "--quiet", f"{changed}^") if changed else None


def since(commit: str, repository: Path = ROOT) -> Iterator[tuple[str, list[Breakage]]]:
    """Per document of `commit`: its path and what the working tree breaks of it. A document that is gone breaks all."""
    for name in (_git(repository, "ls-tree", "--name-only", commit, f"{FOLDER}/") or "").splitlines():
        if not name.endswith(".json"):
            continue
        if not (repository / name).exists():
            yield name, [Breakage(id="document-removed", operation=name, text="the whole document is gone")]
            continue
        with tempfile.TemporaryDirectory() as scratch:
            before = Path(scratch) / Path(name).name
            before.write_text(_git(repository, "show", f"{commit}:{name}") or "", encoding="utf-8")
            yield name, breakages(before, repository / name)


def _git(repository: Path, *words: str) -> str | None:
    """What git says, or None when it cannot: no repository, no history, no such commit, no git."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=repository, capture_output=True, text=True, check=False, timeout=GIT_SECONDS
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
