"""An image's wheels: exactly what requirements.lock names of them, by their hashes, in a folder beside the image's build."""

import platform
import re
import sys
import tempfile
import tomllib
from pathlib import Path

from tools.images.commands import ImageError, run

ROOT = Path(__file__).parents[2]
LOCK = "requirements.lock"
OPERATOR = "operator"  # by the side of the services' names
PYTHON = "3.11"  # of the base image
NEWEST_GLIBC = 36  # 2.36, of Debian 12, on which the base image stands
RESOLVING, FETCHING = 3.0, 20.0  # minutes
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: ;[^\\\n]*)? \\\n(?:    --hash=\S+(?: \\)?\n)+", re.MULTILINE)
REMEDY = "Is PyPI (or your mirror of it) reachable, and requirements.lock as it was committed?"


def requirements(name: str, *, extra: tuple[str, ...] = (), root: Path = ROOT) -> str:
    """The part of the lock that a service or the operator installs, with hashes; `extra` are further names. ImageError."""
    folder = root / OPERATOR if name == OPERATOR else root / "services" / name
    project = folder / "pyproject.toml"
    if not project.is_file():
        raise ImageError(f"There is no {project.relative_to(root)}: is {name} the name of a service?")
    wanted = [*tomllib.loads(project.read_text())["project"]["dependencies"], *extra]
    entries = _entries((root / LOCK).read_text())
    return "".join(sorted(_entry(entries, pinned) for pinned in _resolved(wanted, root / LOCK)))


def fetch(wanted: str, folder: Path) -> list[Path]:
    """Put the wheels of `requirements` into the folder, unless they are there, and return theirs. ImageError."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch, "requirements.txt")
        listed.write_text(wanted)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
        ]
        target = ["--python-version", PYTHON, "--implementation", "cp", *_platforms()]
        run([*command, *target, "--dest", folder, "--requirement", listed], minutes=FETCHING, remedy=REMEDY)
    names = [line.split()[0] for line in wanted.splitlines() if not line.startswith(" ")]
    return [_wheel(folder, *pinned.split("==")) for pinned in names]


def _entries(lock: str) -> dict[str, str]:
    return {match[1].lower(): match[0] for match in ENTRY.finditer(lock)}


def _resolved(wanted: list[str], lock: Path) -> list[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".in") as file:
        file.write("\n".join(wanted) + "\n")
        file.flush()
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        target = ["--python-version", PYTHON, "--python-platform", f"{platform.machine()}-unknown-linux-gnu"]
        found = run([*command, *target, "--constraint", lock, file.name], minutes=RESOLVING, remedy=REMEDY)
    return [line.split(";")[0].strip() for line in found.splitlines()]


def _entry(entries: dict[str, str], pinned: str) -> str:
    entry = entries.get(pinned.partition("==")[0].lower(), "")
    if not entry.startswith(f"{pinned} "):
        raise ImageError(f"{LOCK} does not name {pinned}: make it anew from the pyproject.toml files.")
    return re.sub(r" ;[^\\\n]*", " ", entry).rstrip("\\\n ") + "\n"


def _platforms() -> list[str]:
    machine = platform.machine()
    known = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, 4, -1)]
    named = [f"manylinux{year}_{machine}" for year in ("2014", "2010", "1")]
    return [word for name in [*known, *named] for word in ("--platform", name)]


def _wheel(folder: Path, name: str, version: str) -> Path:
    stem = re.sub(r"[-_.]+", "_", name).lower()
    fitting = [file for file in folder.glob("*.whl") if _stem(file) == (stem, version)]
    if not fitting:
        raise ImageError(f"{folder} holds no wheel of {name} {version}. {REMEDY}")
    return max(fitting, key=lambda file: file.stat().st_mtime)


def _stem(file: Path) -> tuple[str, str]:
    name, version, *_ = file.name.split("-")
    return re.sub(r"[-_.]+", "_", name).lower(), version
