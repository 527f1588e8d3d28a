"""The control groups of one cluster: made below a folder of their own in each hierarchy, and removed with it."""

import time
from contextlib import suppress
from pathlib import Path

from tools.local.problem import Problem

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuset", "memory", "pids", "hugetlb", "io")
REMOVE_WITHIN = 5.0
POLL = 0.05


def make(name: str, root: Path = ROOT) -> None:
    """Make the group in each hierarchy of the machine, as the kubelet expects its root to be. Raises Problem."""
    try:
        for hierarchy in hierarchies(root):
            _make(hierarchy, name)
    except OSError as error:
        raise Problem(
            f"A control group could not be made: {error}.",
            "The node needs root and a writable /sys/fs/cgroup; a container needs --privileged.",
        ) from error


def remove(name: str, root: Path = ROOT) -> None:
    """Remove the group and all below it. Raises Problem when processes still live in one of them."""
    ends = time.monotonic() + REMOVE_WITHIN
    while left := left_behind(name, root):
        for group in left:
            with suppress(OSError):
                group.rmdir()
        if time.monotonic() > ends:
            raise Problem(
                f"Control groups are still in use after {REMOVE_WITHIN:.0f} s: {left[0]} and {len(left) - 1} more.",
                "Look who lives there (its file cgroup.procs); `make cluster-down` tries again.",
            )
        if left_behind(name, root):
            time.sleep(POLL)


def left_behind(name: str, root: Path = ROOT) -> list[Path]:
    """The groups of this cluster that exist now, innermost first."""
    tops = [hierarchy / name for hierarchy in hierarchies(root) if (hierarchy / name).is_dir()]
    return [group for top in tops for group in (*_below(top), top)]


def hierarchies(root: Path = ROOT) -> list[Path]:
    """One folder per hierarchy: the root itself where there is but one (version 2), else each mounted controller's."""
    if (root / "cgroup.controllers").exists():
        return [root]
    # cpu and cpuacct may be two names of one.
    return sorted({folder.resolve() for folder in root.iterdir() if (folder / "cgroup.procs").exists()})


def _below(group: Path) -> list[Path]:
    folders = [folder for folder in group.rglob("*") if folder.is_dir()]
    return sorted(folders, key=lambda folder: len(folder.parts), reverse=True)


def _make(hierarchy: Path, name: str) -> None:
    group = hierarchy / name
    group.mkdir(exist_ok=True)
    if (hierarchy / "cgroup.subtree_control").exists() and (hierarchy / "cgroup.controllers").read_text().strip():
        for folder in (hierarchy, group):
            offered = (folder / "cgroup.controllers").read_text().split()
            for controller in set(CONTROLLERS) & set(offered):
                (folder / "cgroup.subtree_control").write_text(f"+{controller}")
    for setting in ("cpuset.cpus", "cpuset.mems"):
        # In version 1 a new group of cpuset is empty, and none may live in it before it is told where.
        if (hierarchy / setting).exists() and not (group / setting).read_text().strip():
            (group / setting).write_text((hierarchy / setting).read_text())
