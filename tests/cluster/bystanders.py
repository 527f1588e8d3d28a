"""Pods that tests put beside the platform: its Jobs kept awake, strangers here and there, and an outside as on the Internet."""

import copy
import subprocess

from tests.cluster.clusters import Cluster
from tests.cluster.containers import Container, containers, node
from tests.cluster.installation import NAMESPACE, Installation
from tests.cluster.pods import Object, namespace, pod
from tools.database.services import services

JOBS = ("bootstrap", *(f"{name}-migration" for name in services()))
FOREVER = ["python", "-c", "import time; time.sleep(86400)"]
READY = 60
STRANGER, WATCHER, NETWORK = "elsewhere", "monitoring", "internet"
# An address that nobody has, of those kept for documentation.
ADDRESS = "203.0.113.10"
PORTS = (25, 80, 443, 465, 587)


def keep_jobs_awake(installation: Installation) -> None:
    """Start the pod of each Job once more, just as it is, but for what it does."""
    for name in JOBS:
        installation.cluster.apply(awake(installation.get("job", name)))
    _wait(installation.cluster, NAMESPACE, *(f"{name}-awake" for name in JOBS))


def awake(job: Object) -> Object:
    """The pod of a Job that sleeps instead of doing its work."""
    template = copy.deepcopy(job["spec"]["template"])
    labels = {key: value for key, value in template["metadata"]["labels"].items() if "controller-uid" not in key}
    (container,) = template["spec"]["containers"]
    container.update(command=FOREVER, resources={})  # it does nothing, and the node is small
    template["spec"]["terminationGracePeriodSeconds"] = 0
    about = {"name": f"{job['metadata']['name']}-awake", "namespace": NAMESPACE, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": template["spec"]}


def bring_strangers(cluster: Cluster, image: str) -> None:
    """One of no rules at all, one where a Prometheus would be, and one in the platform's own namespace."""
    cluster.apply(namespace(STRANGER), namespace(WATCHER))
    for space in (STRANGER, WATCHER, NAMESPACE):
        cluster.apply(pod(space, "somebody", image))
    for space in (STRANGER, WATCHER, NAMESPACE):
        _wait(cluster, space, "somebody")


def make_an_outside(cluster: Cluster, image: str) -> None:
    """A host with a public address that listens where mail servers and web servers do: as far as pods can tell, the Internet."""
    host = pod(NETWORK, "host", image)
    host["spec"]["securityContext"]["sysctls"] = [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    host["spec"]["containers"][0]["env"].append({"name": "PORTS", "value": ",".join(map(str, PORTS))})
    cluster.apply(namespace(NETWORK), host)
    _wait(cluster, NETWORK, "host")
    (made,) = containers(cluster, f"--namespace={NETWORK}")
    _ip(made.process.pid, "address", "replace", f"{ADDRESS}/32", "dev", "lo")
    _ip(node(cluster).pid, "route", "replace", f"{ADDRESS}/32", "via", made.address)


def of_pods(found: list[Container]) -> list[Container]:
    """One container of each pod: they share a network."""
    return list({(one.namespace, one.pod): one for one in found}.values())


def _ip(pid: int, *words: str) -> None:
    command = ["nsenter", f"--target={pid}", "--net", "ip", *words]
    subprocess.run(command, check=True, timeout=10)


def _wait(cluster: Cluster, space: str, *names: str) -> None:
    pods = [f"pod/{name}" for name in names]
    cluster.kubectl(
        "wait", "--for=condition=Ready", *pods, f"--namespace={space}", f"--timeout={READY}s", within=READY + 10
    )
