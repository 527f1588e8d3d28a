"""The charts as they were before their last change: what an installation that is upgraded was made with."""

import subprocess
from pathlib import Path

from tests.cluster.clusters import REPOSITORY

PARTS = ("charts", "components", ":(glob)services/*/values.yaml")


def earlier_charts(folder: Path) -> str:
    """Write them into `folder`; returns the commit they are of, the newest whose charts are other than these."""
    changes = _git("rev-list", "HEAD", "--", *PARTS).split()
    assert changes, "this checkout has no history: `git fetch --unshallow`, or make a clone that has it"
    commit = next(one for one in ("HEAD", *(f"{change}~1" for change in changes)) if _differs(one))
    archive = subprocess.run(
        ["git", "archive", commit, *PARTS], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, timeout=30
    )
    subprocess.run(["tar", "--extract", f"--directory={folder}"], input=archive.stdout, check=True, timeout=30)
    return _git("rev-parse", "--short", commit).strip()


def _differs(commit: str) -> bool:
    return bool(_git("diff", "--name-only", commit, "--", *PARTS))


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=REPOSITORY, check=True, capture_output=True, text=True, timeout=30
    ).stdout
