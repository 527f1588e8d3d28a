"""The first process inside the node's namespaces: it furnishes them, starts every program and keeps it alive.

What it says goes to its standard output, one JSON document a line, for the keeper outside.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from tools.cluster.control_plane import API, Access, control_plane
from tools.cluster.enclosure import NODE_ADDRESS, furnish
from tools.cluster.home import ClusterHome, ClusterPorts
from tools.cluster.images import own_images, write_archive
from tools.cluster.relay import relay
from tools.cluster.runtime import containerd_socket, runtime
from tools.cluster.site import Site, node_unit
from tools.cluster.volumes import provide
from tools.local.control_api import ControlApi
from tools.local.ports import LOOPBACK
from tools.local.problem import Problem
from tools.local.serving import private_socket, serving
from tools.local.supervisor import Supervisor
from tools.local.unit import Unit
from tools.toolchain import programs

INGRESS = 30080
MANIFESTS = Path(__file__).parent / "manifests"
LOOK_EVERY = 1.0
PROGRAMS = (
    "kubectl", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "etcd", "coredns",
    "kube-router", "dapr-sentry", "dapr-operator", "dapr-injector", "daprd", "traefik", "pause",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the node until it is killed; returns 1 after a failed start."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster.node")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--base", type=int, required=True, help="the first of its ports")
    for door in ("ingress", "registry", "api"):
        parser.add_argument(f"--{door}", type=int, required=True, help="descriptor of a listening socket")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_run(options))
    except Problem as problem:
        tell(problem=asdict(problem))
        return 1
    return 0


def tell(**message: object) -> None:
    """One message to the keeper: say=line, ready=true or problem={...}."""
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


def say(line: str) -> None:
    """A line of progress."""
    tell(say=line)


async def _run(options: argparse.Namespace) -> None:
    home, ports = ClusterHome(options.home), ClusterPorts(options.base)
    furnish(home)
    found = {name: path for name in PROGRAMS if (path := programs.find(name)) is not None}
    if absent := set(PROGRAMS) - set(found):
        raise Problem(f"Programs are missing: {', '.join(sorted(absent))}.", "`make cluster` prepares them.")
    site = Site(home=home, ports=ports, programs=found)
    access = Access.make(site)
    units = [*control_plane(site, access), _bootstrap(site, access), *runtime(site, access), _images(site)]
    supervisor = Supervisor(units, home, say)
    reaping = asyncio.create_task(reap(supervisor))
    async with AsyncExitStack() as stack:
        await _serve(stack, site, supervisor)
        await supervisor.up()
        # It lay in memory.
        images_archive(site).unlink()
        await relay(socket.socket(fileno=options.api), NODE_ADDRESS, API)
        await relay(socket.socket(fileno=options.ingress), NODE_ADDRESS, INGRESS)
        await relay(socket.socket(fileno=options.registry), LOOPBACK, ports.registry)
        tell(ready=True)
        await asyncio.gather(reaping, supervisor.keep_logs_short(), provide(access, site.root / "volumes", say))


async def _serve(stack: AsyncExitStack, site: Site, supervisor: Supervisor) -> None:
    """The same control as a local platform's: `Control(home)` shows, kills and freezes the node's programs."""
    ports = {"ingress": site.ports.ingress, "registry": site.ports.registry, "api": site.ports.api}
    url = f"http://{LOOPBACK}:{site.ports.ingress}"
    control = ControlApi(supervisor, ports=ports, public_url=url, leave=lambda: os._exit(0))
    site.home.control_socket.unlink(missing_ok=True)
    await stack.enter_async_context(serving(control.app(), private_socket(site.home.control_socket)))


def _bootstrap(site: Site, access: Access) -> Unit:
    command = [
        site.program("kubectl"), f"--kubeconfig={access.kubeconfig('admin')}", "apply", "--server-side",
        f"--filename={MANIFESTS / 'bootstrap.yaml'}",
    ]  # fmt: skip
    return _once(site, "bootstrap", command, ("apiserver",))


def _images(site: Site) -> Unit:
    archive = images_archive(site)

    async def prepare() -> Mapping[str, str]:
        await asyncio.to_thread(write_archive, archive, own_images(site.programs))
        return {}

    command = ["ctr", f"--address={containerd_socket(site)}", "--namespace=k8s.io", "images", "import", str(archive)]
    return replace(_once(site, "images", command, ("containerd",)), prepare=prepare)


def images_archive(site: Site) -> Path:
    """Where the node's own images wait to be imported."""
    return site.root / "images.tar"


def _once(site: Site, name: str, command: list[str], needs: tuple[str, ...]) -> Unit:
    return replace(node_unit(site, name, command, ready=None, needs=needs), once=True)


async def reap(supervisor: Supervisor) -> None:
    """Runs until cancelled. Orphans become children of the first process, and only it can let them go.

    The supervisor's own are left to it: an orphan is one that is still there when one looks again.
    """
    seen: set[int] = set()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        own = {process.pid for process in supervisor.processes.values()}
        ended = {child.pid for child in psutil.Process().children() if _has_ended(child)} - own
        for pid in ended & seen:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # noqa: ASYNC222 - it has ended: this never waits
        seen = ended


def _has_ended(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return False


if __name__ == "__main__":
    sys.exit(main())
