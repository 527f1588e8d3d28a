"""Makes the service in a copy of the repository first: what fails there has changed nothing here."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.new.refusal import Refused

PARTS = ("charts", "components", "docs", "services", "shared", "tests", "tools", "dapr.yaml", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "template", "node_modules")
STEP_SECONDS = 300  # the first time, the database's programs may have to be fetched
INITIAL = '"""initial."""'
INITIAL_SAYS = '"""The event path\'s tables, and the notes."""'
REMARK = re.compile(r"(?m)^ *# ### .+\n")  # Alembic's own


@contextmanager
def staged(root: Path) -> Iterator[Path]:
    """A copy of the repository at `root`, as far as making a service needs it; gone after the block."""
    with tempfile.TemporaryDirectory(prefix="codezest-new-") as name:
        folder = Path(name)
        for part in PARTS:
            source = root / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=LEFT_OUT)
            elif source.exists():
                shutil.copy(source, folder / part)
        yield folder


def finish(folder: Path, name: str, files: Mapping[str, str]) -> dict[str, str]:
    """Put `files` into the copy, write the migration and the contracts there; returns all that differs from before.

    Refused, with the output of the step that failed.
    """
    for path, text in files.items():
        write(folder / path, text)
    contracts = _contracts(folder)
    migration = f"shared/db/migrations/{name}/versions/0001_initial.py"
    _run(folder, f"writing the first migration of {name}", "-m", "tools.database", "migration", name, "initial")
    text = REMARK.sub("", (folder / migration).read_text())
    write(folder / migration, text.replace(INITIAL, INITIAL_SAYS))
    code = [path for path in (*files, migration) if path.endswith(".py")]
    _run(folder, "sorting imports", "-m", "ruff", "check", "--quiet", "--select=I,F401", "--fix", *code)
    _run(folder, "formatting", "-m", "ruff", "format", "--quiet", *code)
    _run(folder, "renewing the contracts", "-m", "tools.contracts")
    renewed = {path: text for path, text in _contracts(folder).items() if contracts.get(path) != text}
    return {**{path: (folder / path).read_text() for path in (*files, migration)}, **renewed}


def _contracts(folder: Path) -> dict[str, str]:
    found = (file for file in (folder / "docs").rglob("*") if file.is_file() and file.suffix in {".md", ".json"})
    return {str(file.relative_to(folder)): file.read_text() for file in found}


def _run(folder: Path, what: str, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"{what} took longer than {STEP_SECONDS} s. Nothing was written; try again.") from None
    if done.returncode != 0:
        raise Refused(f"{what} failed, nothing was written. It said:\n{(done.stdout + done.stderr)[-4000:]}")


def write(path: Path, text: str) -> None:
    """Write a file and the folders on the way to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def install(root: Path, files: Mapping[str, str]) -> None:
    """Write `files` below `root`, all of them or, whatever happens on the way, none."""
    before = {path: _text(root / path) for path in files}
    fresh = {folder for path in files for folder in _missing_folders(root, path)}
    parts = {path: (root / path).with_name(f".{Path(path).name}.part") for path in files}
    replaced: list[str] = []
    try:
        for path, text in files.items():  # a full disk is met here, where nothing is changed yet
            write(parts[path], text)
        for path, part in parts.items():
            replaced.append(path)
            part.replace(root / path)
    except BaseException:
        _take_back(root, {path: before[path] for path in replaced})
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
        for folder in sorted(fresh, reverse=True):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _take_back(root: Path, before: Mapping[str, str | None]) -> None:
    for path, old in before.items():
        file = root / path
        if old is not None:
            file.write_text(old)
        elif file.is_file():
            file.unlink()


def _text(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


def _missing_folders(root: Path, path: str) -> list[Path]:
    return [folder for folder in (root / path).parents if folder.is_relative_to(root) and not folder.exists()]
