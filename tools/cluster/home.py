"""The folder of one cluster, and what other commands find in it: its state, its ports, its kubeconfig."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tools.local.home import Home, Terms, write_private_json
from tools.local.ports import HIGHEST, LOWEST
from tools.local.problem import Problem

TERMS = Terms(
    name="The cluster",
    marker="codezest-cluster",
    start="make cluster",
    stop="make cluster-down",
    folder_setting="CODEZEST_CLUSTER_HOME",
    port_setting="CODEZEST_CLUSTER_PORT_BASE",
)
OWN = "own"
# The local platform takes 8000 to 8199.
DEFAULT_BASE = 8300
SPAN = 10
ANOTHER_BASE = "CODEZEST_CLUSTER_PORT_BASE=8400"


class Phase(StrEnum):
    """Where a cluster is in its life."""

    starting = "starting"
    ready = "ready"
    failed = "failed"


@dataclass(frozen=True)
class ClusterPorts:
    """The ports of 127.0.0.1 by which this machine reaches the cluster, counted from `base` (1024..65526)."""

    base: int

    def __post_init__(self) -> None:
        if not LOWEST <= self.base <= HIGHEST - SPAN:
            raise Problem(
                f"{self.base} cannot be the first of {SPAN} ports.",
                f"Choose {TERMS.port_setting} from {LOWEST} to {HIGHEST - SPAN}.",
            )

    @property
    def ingress(self) -> int:
        """HTTP to the ingress controller."""
        return self.base

    @property
    def registry(self) -> int:
        """Images are pushed to 127.0.0.1:<this>/<name>, and pods name them just so."""
        return self.base + 1

    @property
    def api(self) -> int:
        """The API server."""
        return self.base + 2

    def purposes(self) -> list[tuple[int, str]]:
        """Each port with what it is for."""
        return [(self.ingress, "ingress"), (self.registry, "image registry"), (self.api, "API server")]


@dataclass(frozen=True)
class ClusterHome(Home):
    """The paths of one cluster below one folder (absolute)."""

    terms: Terms = TERMS

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig (mode 0600), there as long as the cluster is."""
        return self.path / "kubeconfig"

    @property
    def state_file(self) -> Path:
        """What `State` is read from."""
        return self.path / "state.json"

    @property
    def node(self) -> Path:
        """Where the node mounts its root folder, in memory and seen by itself only."""
        return self.path / "node"

    @property
    def registry(self) -> Path:
        """The images that were pushed; they outlive a stop, so that the next push is short."""
        return self.path / "registry"

    @property
    def progress(self) -> Path:
        """The lines that a start said."""
        return self.logs / "progress.log"

    @property
    def name(self) -> str:
        """A name for what the kernel or an engine knows of this cluster: two checkouts have two."""
        return f"codezest-{hashlib.sha256(str(self.path).encode()).hexdigest()[:8]}"


@dataclass(frozen=True, kw_only=True)
class State:
    """A running cluster: `keeper` is the process that holds it (0 if an engine does), `began` when, as a Unix time."""

    kind: str
    phase: Phase
    keeper: int
    began: float
    took: float = 0.0
    base: int
    problem: dict[str, Any] | None = None

    def write(self, home: ClusterHome) -> None:
        """Let other commands know."""
        write_private_json(home.state_file, asdict(self))


def read_state(home: ClusterHome) -> State | None:
    """What was written last, or None."""
    try:
        document = json.loads(home.state_file.read_text())
    except FileNotFoundError:
        return None
    return State(**{**document, "phase": Phase(document["phase"])})


def cluster_home(path: str | None = None) -> ClusterHome:
    """The cluster at `path`, else at CODEZEST_CLUSTER_HOME, else at .cluster in the working directory."""
    return ClusterHome(Path(path or os.environ.get(TERMS.folder_setting) or ".cluster").absolute())


def chosen_ports() -> ClusterPorts:
    """The ports that the environment chooses. Raises Problem for one that cannot be."""
    text = os.environ.get(TERMS.port_setting) or str(DEFAULT_BASE)
    if not text.isdigit():
        raise Problem(f"{TERMS.port_setting} is {text!r}, not a number.", "Use for example 8400.")
    return ClusterPorts(int(text))
