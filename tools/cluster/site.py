"""What every part of the node is made from: the folder, the ports, the programs."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.home import ClusterHome, ClusterPorts
from tools.local.probes import Probe
from tools.local.unit import Stage, Unit

# Where the system keeps what only root needs; a shell's PATH may lack it.
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
READY_WITHIN = 60.0


@dataclass(frozen=True, kw_only=True)
class Site:
    """One node: `programs` are the pinned ones by name."""

    home: ClusterHome
    ports: ClusterPorts
    programs: Mapping[str, Path]

    @property
    def root(self) -> Path:
        """The node's root folder, in memory."""
        return self.home.node

    def program(self, name: str) -> str:
        """The path of a pinned program."""
        return str(self.programs[name])


def node_unit(
    site: Site,
    name: str,
    command: Sequence[str],
    *,
    ready: Probe | None,
    needs: tuple[str, ...] = (),
    port: int | None = None,
) -> Unit:
    """A program of the node, with the node's folder as its place and the system's programs on its PATH."""
    temporary = site.root / "tmp"
    temporary.mkdir(exist_ok=True)
    environment = {
        "PATH": f"{SYSTEM_PATH}:{os.environ.get('PATH', '')}",
        "TMPDIR": str(temporary),
        "HOME": str(site.root),
    }
    return Unit(
        name=name,
        command=command,
        stage=Stage.backing,
        directory=site.root,
        environment=environment,
        needs=needs,
        ready=ready,
        ready_within=READY_WITHIN,
        port=port,
    )
