"""A copy of the repository to write into: what git knows and what is new, and nothing that was built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM_SECONDS = 280  # on a machine three times slower than the one they were written on


def copy_of_the_repository(folder: Path) -> Path:
    """Copy all sources below `folder`."""
    # The checkout may belong to somebody else than the tests' user.
    listing = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    for name in filter(None, names.split("\0")):
        source = ROOT / name
        if source.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(source.readlink())
        elif source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name)
    return folder


def module(folder: Path, *words: str) -> str:
    """As `run`, for `python -m <words>`."""
    return run(folder, sys.executable, "-m", *words)


def run(folder: Path, *command: str) -> str:
    """Run a command in the copy; returns what it printed. AssertionError with that if it fails."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(folder / "operator")))}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PROGRAM_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout[-6000:]}{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def sources(folder: Path) -> dict[str, str]:
    """Path -> text of every Python, YAML and Markdown file below `folder`."""
    found = (path for path in folder.rglob("*") if path.suffix in {".py", ".yaml", ".md", ".json", ".toml"})
    return {str(path.relative_to(folder)): path.read_text() for path in found}
