"""`make dev` and `make skaffold`: skaffold, told where the cluster of `make cluster` is. What it does is in skaffold.yaml."""

import os
import sys

from tools.cluster.home import cluster_home
from tools.deploy.__main__ import HOST, running_ports
from tools.local.ports import LOOPBACK
from tools.local.problem import Problem
from tools.toolchain import programs



def main() -> None:
    """Become skaffold; exit 1 with cause and remedy where there is no cluster."""
    try:
        environment = told()
    except Problem as problem:
        sys.exit(f"{problem.cause}\n{problem.remedy}")
    skaffold = programs.ensure("skaffold")
    os.execve(skaffold, [str(skaffold), *sys.argv[1:]], {**os.environ, **environment})


def told() -> dict[str, str]:
    """What skaffold, helm and kubectl are told by their environment. Problem without a cluster."""
    home = cluster_home()
    ports = running_ports(home)
    registry = f"{LOOPBACK}:{ports.registry}"
    folders = dict.fromkeys(str(programs.ensure(name).parent) for name in ("helm", "kubectl"))
    return {
        "KUBECONFIG": str(home.kubeconfig),
        "PATH": os.pathsep.join((*folders, os.environ.get("PATH", os.defpath))),
        "SKAFFOLD_DEFAULT_REPO": registry,
        "SKAFFOLD_INSECURE_REGISTRY": registry,
        "SKAFFOLD_UPDATE_CHECK": "false",
        "CODEZEST_PUBLIC_URL": f"http://{HOST}:{ports.ingress}",
    }


if __name__ == "__main__":
    main()
