"""`make dev` and `make skaffold`: skaffold, told where the cluster of `make cluster` is. What it does is in skaffold.yaml."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tools.cluster.home import cluster_home
from tools.deploy.__main__ import HOST, running_ports
from tools.local.ports import LOOPBACK
from tools.local.problem import Problem
from tools.toolchain import programs


def main() -> None:
    """Become skaffold; exit 1 with cause and remedy where there is no cluster."""
    words = sys.argv[1:]
    try:
        environment = {**os.environ, **told()}
        skaffold = str(programs.ensure("skaffold"))
    except Problem as problem:
        sys.exit(f"{problem.cause}\n{problem.remedy}")
    except programs.ToolError as error:
        sys.exit(f"skaffold is missing: {error}")
    if words[:1] == ["verify"] and not any(word.startswith("--build-artifacts") for word in words):
        words.append(f"--build-artifacts={_images(skaffold, words[1:], environment)}")
    os.execve(skaffold, [skaffold, *words], environment)


def _images(skaffold: str, words: list[str], environment: dict[str, str]) -> Path:
    """What `verify` does not find out by itself: which images a build makes. Those that are there already are not made again."""
    made = cluster_home().path / "skaffold-images.json"
    built = subprocess.run([skaffold, "build", *words, f"--file-output={made}"], env=environment, check=False)
    if built.returncode != 0:
        sys.exit(built.returncode)
    return made


def told() -> dict[str, str]:
    """What skaffold, helm and kubectl are told by their environment. Problem without a cluster."""
    home = cluster_home()
    ports = running_ports(home)
    registry = f"{LOOPBACK}:{ports.registry}"
    config = home.path / "skaffold.yaml"
    config.write_text(yaml.safe_dump({"global": {"collect-metrics": False, "survey": {"disable-prompt": True}}}))
    folders = dict.fromkeys(str(programs.ensure(name).parent) for name in ("helm", "kubectl"))
    return {
        "KUBECONFIG": str(home.kubeconfig),
        "PATH": os.pathsep.join((*folders, os.environ.get("PATH", os.defpath))),
        "SKAFFOLD_CONFIG": str(config),  # its user's own would name other registries and contexts
        "SKAFFOLD_DEFAULT_REPO": registry,
        "SKAFFOLD_INSECURE_REGISTRY": registry,
        "SKAFFOLD_UPDATE_CHECK": "false",
        "SKAFFOLD_WATCH_POLL_INTERVAL": "100",  # ms of silence after a change; by itself it waits a second
        "CODEZEST_PUBLIC_URL": f"http://{HOST}:{ports.ingress}",
    }


if __name__ == "__main__":
    main()
