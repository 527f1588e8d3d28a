"""`make deploy`: images made and pushed, then the platform and its services installed on the cluster of `make cluster`.

By the charts alone, as docs/install.md does it on any cluster. `--trials` takes PostgreSQL, Redis and the collector from an image
made here, for a cluster that reaches no registry but its own.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from tools.cluster.home import ClusterHome, ClusterPorts, Phase, cluster_home, read_state
from tools.database.services import services
from tools.deploy.releases import PLATFORM, Plan, Target, deploy
from tools.images.builders import builder
from tools.images.commands import ImageError
from tools.images.trials import trials
from tools.local.ports import LOOPBACK
from tools.local.problem import Problem
from tools.toolchain.cache import Cache

NAMESPACE = "codezest"
HOST = "codezest.localhost"
MINUTES = 40.0


def main() -> None:
    """Deploy, print where the platform answers; exit 1 with cause and remedy."""
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__)
    parser.add_argument("--home", help="the cluster's folder")
    parser.add_argument("--namespace", default=NAMESPACE)
    parser.add_argument("--trials", action="store_true", help="take the trial's programs from an image made here")
    options = parser.parse_args()
    try:
        home = cluster_home(options.home)
        ports = running_ports(home)
        url = f"http://{HOST}:{ports.ingress}"
        images = push(f"{LOOPBACK}:{ports.registry}", with_trials=options.trials)
        target = Target(kubeconfig=home.kubeconfig, namespace=options.namespace)
        asyncio.run(deploy(plan(images, url), target, say=say))
    except (Problem, ImageError, ExceptionGroup) as problem:
        sys.exit(_told(problem))
    print(url)


def _told(problem: Exception) -> str:
    """Cause and remedy of all that went wrong at once. Anything that is no Problem or ImageError is raised again."""
    if isinstance(problem, ExceptionGroup):
        return "\n".join(map(_told, problem.exceptions))
    if isinstance(problem, Problem):
        return f"{problem.cause}\n{problem.remedy}"
    if isinstance(problem, ImageError):
        return str(problem)
    raise problem


def say(text: str) -> None:
    """Progress, beside the result."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def push(registry: str, *, with_trials: bool) -> dict[str, str]:
    """Make and push all images that charts install; their names in that registry by service, and `trials` if asked for. ImageError."""
    command = [
        sys.executable,
        "-m",
        "tools.images",
        f"--push={registry}",
        *(f"--service={name}" for name in services()),
    ]
    try:
        made = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, timeout=MINUTES * 60)
    except subprocess.TimeoutExpired:
        raise ImageError(
            f"The images were not made within {MINUTES:.0f} minutes. What is made stays: run it again."
        ) from None
    if made.returncode != 0:
        raise ImageError("The images could not be made; the reason is above.")
    images = dict(zip(services(), made.stdout.split(), strict=True))
    if with_trials:
        program = builder()
        local = f"localhost/{images['notifications'].partition('/')[2]}"
        image = trials(program, libraries=local, cache=Cache.of(os.environ).root / "images", say=say)
        images["trials"] = f"{registry}/{image.partition('/')[2]}"
        program.push(image, images["trials"])
    return images


def plan(images: Mapping[str, str], url: str, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Plan:
    """What is installed of these images at an address; `changes` are further values by release, merged as helm does."""
    common = {"publicUrl": url}
    platform: dict[str, Any] = {"global": common, "bootstrap": {"image": _image(images["auth"])}}
    if own := images.get("trials"):
        platform.update(
            {name: {"image": own} for name in ("postgres", "redis", "collector")}, zipkin={"enabled": False}
        )
    made: dict[str, Any] = {
        name: {"global": common, "image": _image(image)} for name, image in images.items() if name != "trials"
    }
    further = dict(changes or {})
    platform = _merged(platform, further.pop(PLATFORM, {}))
    return Plan(platform=platform, services=_merged(made, further))


def _merged(values: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    both = {name for name in further if isinstance(values.get(name), dict) and isinstance(further[name], dict)}
    return {**values, **further, **{name: _merged(values[name], further[name]) for name in both}}


def _image(name: str) -> dict[str, str]:
    repository, _, tag = name.rpartition(":")
    return {"repository": repository, "tag": tag}


def running_ports(home: ClusterHome) -> ClusterPorts:
    """The ports of the running cluster. Problem without one."""
    state = read_state(home)
    if state is None or state.phase is not Phase.ready:
        raise Problem(
            "No cluster runs here.", "Start one with `make cluster`; docs/install.md says how to use another."
        )
    return ClusterPorts(state.base)


if __name__ == "__main__":
    main()
