"""Many CodeZests on kwok's nodes: pods are scheduled, start, do their Jobs and end as on real ones, without any container."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import psutil
from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.models.core_v1 import ObjectReference
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod, PodBinding

from tests.operator.replicas import Platform, Replica, eventually
from tests.operator.server import HERE, Server, process
from tools.database.services import services
from tools.toolchain import programs

NODES = 5
PODS = "500"
POLL = 0.25
MEGABYTE = 1024 * 1024


@contextmanager
def nodes(server: Server) -> Iterator[None]:
    """A few large nodes that kwok plays. Pods are spread over them as they come: a scheduler would wait for volumes, which nobody makes."""
    stages = f"--config={Path(__file__).with_name('stages.yaml')}"
    kwok = [str(programs.ensure("kwok")), f"--kubeconfig={server.kubeconfig}", stages, "--manage-all-nodes=true"]
    server.apply(*[_node(f"node-{number}") for number in range(NODES)])
    with process(server.folder, "kwok", [*kwok, f"--node-ip={HERE}"]), _spreading(server):
        done = server.kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=30s")
        assert done.returncode == 0, done.stderr
        yield


@contextmanager
def _spreading(server: Server) -> Iterator[None]:
    client: Any = Client(config=KubeConfig.from_file(str(server.kubeconfig)))
    over, numbers = threading.Event(), itertools.cycle(range(NODES))

    def spread() -> None:
        while not over.wait(POLL):
            for pod in client.list(Pod, namespace="*", fields={"spec.nodeName": ""}):
                about = pod.metadata
                target = ObjectReference(kind="Node", name=f"node-{next(numbers)}")
                binding = PodBinding(metadata=ObjectMeta(name=about.name, namespace=about.namespace), target=target)
                # Gone meanwhile; or all is well, and the answer is a Status, where the library expects a binding.
                with suppress(ApiError, msgspec.ValidationError):
                    client.create(binding, about.name, namespace=about.namespace)

    spreading = threading.Thread(target=spread, daemon=True)
    spreading.start()
    try:
        yield
    finally:
        over.set()
        spreading.join(10)
        client.close()


def _node(name: str) -> dict[str, Any]:
    room = {"cpu": "1000", "memory": "4Ti", "pods": PODS}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"allocatable": room, "capacity": room},
    }


@dataclass
class Fleet:
    """So many CodeZests, each in a namespace of its own."""

    server: Server
    operator: Replica
    platform: Platform
    size: int
    interval: str
    spaces: list[str] = field(default_factory=list)

    @property
    def releases(self) -> int:
        """How many releases they have together."""
        return self.size * (1 + len(services()))

    def come(self) -> None:
        """Make them all at once."""
        self.spaces = [f"fleet-{number:03}" for number in range(self.size)]
        self.server.apply(
            *[{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}} for space in self.spaces]
        )
        self.tell()

    def tell(self, **spec: Any) -> None:
        """The same new spec for each, but for its address."""
        self.server.apply(*[self._codezest(space, spec) for space in self.spaces])

    def _codezest(self, space: str, spec: dict[str, Any]) -> dict[str, Any]:
        ingress = {"url": f"http://{space}.localhost", "probeAddress": self.platform.address}
        return {
            "apiVersion": "codezest.dev/v1alpha1",
            "kind": "CodeZest",
            "metadata": {"name": "school", "namespace": space},
            "spec": {"version": "0.1.0", "interval": self.interval, "ingress": ingress, **spec},
        }

    def ready(self) -> int:
        """How many are ready, with the spec that they have now."""
        found = self.server.get("codezests", "--all-namespaces")["items"]
        return len([one for one in found if _is_ready(one)])

    def wait(self, *, within: float) -> float:
        """Wait until all are; returns how long that took (seconds)."""
        began = time.monotonic()
        eventually(lambda: self.ready() == self.size, "all are ready", within=within)
        return time.monotonic() - began

    def helms(self) -> dict[str, float]:
        """How often helm has run, by its command."""
        return {
            dict(labels)["command"]: value
            for (name, labels), value in self.operator.samples().items()
            if name == "codezest_operator_helm_seconds_count"
        }

    def versions(self) -> dict[str, str]:
        """The resourceVersion of everything that the operator may write, in all of their namespaces."""
        kinds = "codezests,secrets,configmaps,services,deployments,statefulsets,jobs,events,components.dapr.io"
        found = self.server.get(kinds, "--all-namespaces")["items"]
        return {
            "/".join((one["kind"], one["metadata"]["namespace"], one["metadata"]["name"])): one["metadata"][
                "resourceVersion"
            ]
            for one in found
            if one["metadata"]["namespace"] in self.spaces
        }


def _is_ready(document: dict[str, Any]) -> bool:
    conditions = (document.get("status") or {}).get("conditions") or []
    return any(
        (one["type"], one["status"], one["observedGeneration"]) == ("Ready", "True", document["metadata"]["generation"])
        for one in conditions
    )


@dataclass
class Meter:
    """The most memory that the operator had in use (MiB), its helms left out, and how many of these ran together."""

    memory: float = 0
    helms: int = 0


@contextmanager
def metered(replica: Replica) -> Iterator[Meter]:
    """Look at a replica all the time while the block lasts."""
    meter, over = Meter(), threading.Event()
    itself = psutil.Process(replica.process.pid)

    def look() -> None:
        while not over.wait(POLL):
            with suppress(psutil.NoSuchProcess):
                meter.memory = max(meter.memory, itself.memory_info().rss / MEGABYTE)
                meter.helms = max(meter.helms, len(replica.helms()))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield meter
    finally:
        over.set()
        looking.join(10)


def cores() -> int:
    """Of this machine."""
    return psutil.cpu_count() or 1


def helm_seconds(replica: Replica) -> float:
    """What helm has taken so far, all runs added up."""
    samples = replica.samples().items()
    return sum(value for (name, _), value in samples if name == "codezest_operator_helm_seconds_sum")
