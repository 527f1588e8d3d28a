"""Containers as the machine sees them: processes, with a network, files and a user of their own that a test can step into."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.cluster.clusters import REPOSITORY, Cluster
from tests.processes import lasting

GROUP = re.compile(r"/kubepods/.*/([0-9a-f]{64})$", re.MULTILINE)
LISTENING = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
STEP_WITHIN = 60.0


@dataclass(frozen=True, kw_only=True)
class Container:
    """One that runs. `process` is its first."""

    namespace: str
    pod: str
    labels: dict[str, str] = field(hash=False)
    name: str
    address: str
    process: psutil.Process

    @property
    def app(self) -> str:
        """What it is part of: auth, auth-migration, postgres, dapr-sentry, ..."""
        name = self.labels.get("app") or self.labels.get("app.kubernetes.io/name", "")
        return f"{name}-migration" if self.labels.get("app.kubernetes.io/component") == "migration" else name


def containers(cluster: Cluster, *selectors: str) -> list[Container]:
    """All that run, or those of the pods that kubectl's words select."""
    first = _first_processes(cluster)
    items = cluster.get("pods", *(selectors or ("--all-namespaces",)))["items"]
    return [found for item in items for found in _of(item, first)]


def _of(pod: dict[str, Any], first: dict[str, psutil.Process]) -> Iterator[Container]:
    about = pod["metadata"]
    for status in pod["status"].get("containerStatuses", ()):
        process = first.get(status.get("containerID", "").rpartition("/")[2])
        if process is not None and "running" in status["state"]:
            yield Container(
                namespace=about["namespace"],
                pod=about["name"],
                labels=about.get("labels", {}),
                name=status["name"],
                address=pod["status"]["podIP"],
                process=process,
            )


def _first_processes(cluster: Cluster) -> dict[str, psutil.Process]:
    """The first process of every container, by the container's id. What is run inside later is no child of it."""
    looked_at = lasting(
        cluster.keeper().children(recursive=True), lambda process: (process.create_time(), _group(process))
    )
    group_of = {process: group for process, (_, group) in looked_at if group}
    found: dict[str, psutil.Process] = {}
    for process, parent in lasting(sorted(group_of, key=dict(looked_at).__getitem__), psutil.Process.parent):
        if parent is None or group_of.get(parent) != group_of[process]:
            found.setdefault(group_of[process], process)
    return found


def _group(process: psutil.Process) -> str:
    """The id of the container that the process is in; empty if it is in none."""
    place = GROUP.search(Path(f"/proc/{process.pid}/cgroup").read_text())
    return place[1] if place else ""


def node(cluster: Cluster) -> psutil.Process:
    """A process of the node itself, in the node's network: its kubelet."""
    named = lasting(cluster.keeper().children(recursive=True), psutil.Process.name)
    (kubelet,) = (process for process, name in named if name == "kubelet")
    return kubelet


def listens(process: psutil.Process) -> set[int]:
    """The TCP ports on which others can reach the network that this process is in."""
    lines = [
        line
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{process.pid}/net/{name}").read_text().splitlines()[1:]
    ]
    sockets = [line.split() for line in lines]
    ends = [words[1].split(":") for words in sockets if words[3] == LISTENING]
    return {int(port, 16) for address, port in ends if address not in LOOPBACK}


def step_in(process: psutil.Process, module: str, *words: str, given: str = "", within: float = STEP_WITHIN) -> str:
    """What a module of this repository prints when it runs in that process's network, on this machine's files."""
    command = ["nsenter", f"--target={process.pid}", "--net", sys.executable, "-m", module, *words]
    return _run(command, given, within)


def _run(command: Sequence[str], given: str, within: float) -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=within, check=False, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
