"""Changes of docs/openapi that would break a client, found by oasdiff: compared with the documents this work started from."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tools.contracts.documents import ROOT
from tools.toolchain import programs

FOLDER = Path("docs") / "openapi"
AGREED = FOLDER / "breaking.md"
ENTRY = re.compile(r"^- `(?P<id>[a-z-]+)` `(?P<operation>[^`]+)` `(?P<mark>[0-9a-f]{12})`: \S", re.MULTILINE)
REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
GIT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """One change that breaks a client: oasdiff's name for its kind, the operation, and a sentence.

    `before` is the operation that clients relied on, all its schemas included.
    """

    id: str
    operation: str
    text: str
    before: str = field(default="", repr=False)

    @property
    def mark(self) -> str:
        """What is broken of what: another one for the same breakage of an operation that has changed since."""
        return sha256(json.dumps([self.id, self.operation, self.text, self.before]).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return f"- `{self.id}` `{self.operation}` `{self.mark}`: {self.text}"


def breakages(before: Path, after: Path) -> list[Breakage]:
    """What of the document `before` a client can no longer rely on in `after`. RuntimeError if oasdiff cannot tell."""
    command: list[str | Path] = [programs.ensure("oasdiff"), "breaking", before, after, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"oasdiff could not compare {before.name}: {done.stderr}")
    document = json.loads(before.read_text(encoding="utf-8"))
    return [_breakage(one, document) for one in json.loads(done.stdout or "[]")]


def _breakage(found: dict[str, str], before: dict[str, Any]) -> Breakage:
    method, path = found.get("operation", ""), found.get("path", "")
    return Breakage(
        id=found["id"],
        operation=f"{method} {path}".strip(),
        text=found["text"],
        before=_whole(before["paths"].get(path, {}).get(method.lower(), {}), before),
    )


def _whole(operation: dict[str, Any], document: dict[str, Any]) -> str:
    schemas = document.get("components", {}).get("schemas", {})
    parts: dict[str, Any] = {}
    asked = REFERENCE.findall(json.dumps(operation))
    while asked:
        name = asked.pop()
        if name not in parts:
            parts[name] = schemas.get(name)
            asked += REFERENCE.findall(json.dumps(parts[name]))
    return json.dumps([operation, parts], sort_keys=True)


def not_agreed(found: list[Breakage], agreed: str) -> list[Breakage]:
    """Those that no entry of breaking.md names. An entry is for one breakage of an operation as it was then, and for no other."""
    entries = {(entry["id"], entry["operation"], entry["mark"]) for entry in ENTRY.finditer(agreed)}
    return [one for one in found if (one.id, one.operation, one.mark) not in entries]


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
