"""What a cluster could leave on the machine, to be compared before and after.

Others work on the machine too. What they take away meanwhile is no matter, what they add goes again by itself, and control
groups of other clusters are not looked at: so what came with a cluster and stays is the cluster's.
"""

import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import psutil

from tests.processes import lasting
from tools.cluster.home import ClusterHome
from tools.local.control import lives

# Where the programs of a node would write if they were let.
PLACES = (
    "/var/lib/cni",
    "/var/lib/kubelet",
    "/var/lib/containerd",
    "/var/lib/kube-router",
    "/var/log/pods",
    "/var/log/containers",
    "/run/containerd",
    "/run/netns",
    "/var/run/netns",
    "/run/xtables.lock",
    "/etc/cni",
    "/opt/containerd",
    "/opt/cni",
    "/usr/libexec/kubernetes",
    "/etc/kubernetes",
)
# What the kubelet and its kind like to set for the whole machine.
SETTINGS = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
    "net/ipv4/ip_forward",
    "net/bridge/bridge-nf-call-iptables",
    "net/netfilter/nf_conntrack_max",
)
TABLES = ("filter", "nat", "mangle", "raw")
# Where a node mounts, besides its own folder; builders of images mount elsewhere, and at any time.
MOUNT_PLACES = (*PLACES, "/run", "/proc/sys", "/sys/fs/cgroup")
COVERED = ("/", "/proc", "/sys", "/var/lib", "/var/log")
# Seconds after which what is still there is said to stay.
STAYS = 20.0
SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"

Findings = dict[str, list[str]]


def machine(home: ClusterHome) -> Findings:
    """Links, addresses, routes, rules, sets, mounts, control groups, settings and files of this machine now."""
    return {
        "links": _lines("ip", "-oneline", "link"),
        "addresses": [line.split(" valid_lft ")[0] for line in _lines("ip", "-oneline", "address")],
        "routes": _lines("ip", "route", "show", "table", "all"),
        "rules": [rule for table in TABLES for rule in _rules(table)],
        "sets": _lines("ipset", "list", "-name"),
        "mounts": _mounts(home),
        "groups": [group for group in _groups() if "/codezest-" not in group or f"/{home.name}" in group],
        "settings": [f"{name}={_content(Path('/proc/sys') / name)}" for name in SETTINGS],
        "files": sorted(str(path) for place in PLACES for path in _tree(Path(place))),
    }


def came(before: Findings, after: Findings) -> Findings:
    """What is there now and was not, by kind; empty when nothing came. A setting that changed came too."""
    new = {kind: sorted(set(after[kind]) - set(before[kind])) for kind in after}
    return {kind: lines for kind, lines in new.items() if lines}


def nothing_came(home: ClusterHome, before: Findings) -> None:
    """Assert that nothing stays."""
    ends = time.monotonic() + STAYS
    while (new := came(before, machine(home))) and time.monotonic() < ends:
        time.sleep(1)
    assert new == {}, f"this came and stays: {new}"


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process and all below it, in other namespaces too."""
    return [process, *process.children(recursive=True)]


def alive(processes: Iterable[psutil.Process]) -> list[str]:
    """Those that still live."""
    return [f"{process.pid} {name}" for process, name in lasting(processes, psutil.Process.name) if lives(process)]


def _mounts(home: ClusterHome) -> list[str]:
    """Mount points, numbered: one may lie on another."""
    counted: Counter[str] = Counter()
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = line.split()[4]
        if point in COVERED or any(Path(point).is_relative_to(place) for place in (*MOUNT_PLACES, home.path)):
            counted[point] += 1
    return sorted(f"{point} {number}" for point, times in counted.items() for number in range(times))


def _groups() -> list[str]:
    return sorted(str(path) for path in Path("/sys/fs/cgroup").rglob("*") if path.is_dir())


def _rules(table: str) -> list[str]:
    # Counters and the time of printing change by themselves.
    return [
        f"{table} {line.split(' [')[0]}" for line in _lines("iptables-save", "-t", table) if not line.startswith("#")
    ]


def _lines(*command: str) -> list[str]:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=20, check=True, env={"PATH": SYSTEM_PATH, "LC_ALL": "C"}
    )
    return done.stdout.splitlines()


def _content(path: Path) -> str:
    return path.read_text().strip() if path.exists() else "absent"


def _tree(place: Path) -> list[Path]:
    return [place, *place.rglob("*")] if place.exists() else []
