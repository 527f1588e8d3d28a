"""The operator on a real cluster, installed by its chart, and the CodeZests that tests apply there."""

import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from codezest_operator.domain.values import merged
from tests.cluster.clusters import REPOSITORY, Cluster, told
from tests.cluster.containers import Container, containers
from tests.cluster.world import HERE, MODEST, SMTP, SPANS, STRIPE, TRACES, WORLD, Keys, make_world
from tests.operator.chart import SYSTEM
from tools.database.services import services
from tools.demo.walk import Addresses
from tools.images.builders import builder
from tools.toolchain import programs

VERSION = "0.1.0"
HOST = "codezest.localhost"
IMAGES_WITHIN = 600
HELM_WITHIN = 120
READY_WITHIN = 240
LOOKED_AT_WITHIN = 60
POLL = 0.25
CHANGED = {"resiliency.yaml": ("invocation: 5s", "invocation: 6s"), "pubsub.yaml": ("180s", "190s")}  # file -> old, new
EVERY = {"resources": MODEST, "sidecar": {"cpuRequest": "20m"}, "global": {"traces": {"ratio": 1.0}}}
Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Control:
    """A cluster with the operator on it."""

    cluster: Cluster
    keys: Keys = field(repr=False)

    @property
    def addresses(self) -> Addresses:
        """Where people meet the platform of `school`."""
        return Addresses(gateway=self.url(HOST), mail=f"http://mail.localhost:{self.cluster.ports.ingress}")

    def url(self, host: str) -> str:
        """The address of a host behind the ingress, as it is from this machine."""
        return f"http://{host}:{self.cluster.ports.ingress}"

    def image(self, name: str) -> str:
        """An image of ours in the cluster's registry."""
        return f"{self.cluster.registry}/codezest-{name}:{VERSION}"

    def make_images(self) -> None:
        """Make all of ours and push them as this version; what was made before is only pushed."""
        for name in (*services(), "operator", "trials"):
            command = [sys.executable, "-m", "tools.images", f"--image={self.image(name)}", "--push-image=true"]
            done = subprocess.run(
                command, cwd=REPOSITORY, capture_output=True, text=True, timeout=IMAGES_WITHIN, check=False
            )
            assert done.returncode == 0, done.stderr

    def push_as(self, name: str, tag: str) -> None:
        """Push an image of ours by another tag as well."""
        builder().push(self.image(name), f"{self.cluster.registry}/codezest-{name}:{tag}")

    def make_version(self, version: str, folder: Path) -> None:
        """Push everything as another version: the same services, and an operator whose charts say so.

        What every sidecar reads changes with it: it is to take effect without a request lost.
        """
        for name in services():
            self.push_as(name, version)
        for chart in ("platform", "service"):
            about = yaml.safe_load((REPOSITORY / "charts" / chart / "Chart.yaml").read_text())
            target = folder / "app/charts" / chart
            (target / "components").mkdir(parents=True)
            (target / "Chart.yaml").write_text(yaml.safe_dump({**about, "version": version, "appVersion": version}))
            for file, (old, new) in CHANGED.items():
                text = (REPOSITORY / "components" / file).read_text()
                assert old in text, file
                (target / "components" / file).write_text(text.replace(old, new))
        (folder / "Dockerfile").write_text(f"FROM {self.image('operator')}\nCOPY app /app\n")
        made = f"{self.cluster.registry}/codezest-operator:{version}"
        builder().make(folder, image=made)
        builder().push(made, made)

    def install(self, **values: Any) -> None:
        """Install or upgrade the operator by its chart. Its trials take PostgreSQL, Redis and the collector from our image."""
        self.cluster.apply(namespace(SYSTEM))
        own = {"image": self.image("trials"), "resources": MODEST}
        given = {
            "image": {"registry": self.cluster.registry},
            "platformValues": {"postgres": own, "redis": own, "collector": own, "zipkin": {"enabled": False}},
            "traces": {"endpoint": f"http://traces.{WORLD}.svc:{SPANS}"},
            "resources": {"requests": {"cpu": "50m"}},
        }
        words = ["upgrade", "--install", "operator", "charts/operator", "--wait", f"--timeout={HELM_WITHIN}s"]
        where = [f"--namespace={SYSTEM}", f"--kubeconfig={self.cluster.home.kubeconfig}", "--values=-"]
        done = subprocess.run(
            [str(programs.ensure("helm")), *words, *where],
            input=yaml.safe_dump(merged(given, values)), cwd=REPOSITORY, capture_output=True, text=True,
            timeout=HELM_WITHIN + 10, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def apply(self, document: Document) -> float:
        """Apply a CodeZest; returns when that was, by the monotonic clock."""
        self.cluster.apply(document)
        return time.monotonic()

    def status(self, space: str) -> Document:
        """The status of the CodeZest in a namespace."""
        return dict(self.cluster.get("codezest", "school", f"--namespace={space}").get("status") or {})

    def condition(self, space: str, kind: str) -> Document:
        """One of its conditions, if it is about the spec as it is; else empty."""
        found = self.cluster.get("codezest", "school", f"--namespace={space}")
        conditions = (found.get("status") or {}).get("conditions") or []
        now = [one for one in conditions if one["observedGeneration"] == found["metadata"]["generation"]]
        return next((dict(one) for one in now if one["type"] == kind), {})

    def wait_until_ready(self, space: str, *, within: float = READY_WITHIN) -> None:
        """As people wait for it, but for the spec as it is now."""
        try:
            eventually(lambda: self.condition(space, "Ready").get("status") == "True", "Ready", within=within)
        except AssertionError as problem:
            raise AssertionError(f"{problem}: {json.dumps(self.status(space), indent=1)}") from None

    def revisions(self, space: str) -> dict[str, int]:
        """The newest revision of each release."""
        found: dict[str, int] = {}
        for secret in self.cluster.get("secrets", f"--namespace={space}", "--selector=owner=helm")["items"]:
            labels = secret["metadata"]["labels"]
            found[labels["name"]] = max(found.get(labels["name"], 0), int(labels["version"]))
        return found

    def marks(self, space: str) -> dict[str, str]:
        """How helm has marked the newest revision of each release: deployed, pending-install, uninstalling, ..."""
        found: dict[str, tuple[int, str]] = {}
        for secret in self.cluster.get("secrets", f"--namespace={space}", "--selector=owner=helm")["items"]:
            labels = secret["metadata"]["labels"]
            one = (int(labels["version"]), str(labels["status"]))
            found[labels["name"]] = max(found.get(labels["name"], one), one)
        return {name: mark for name, (_, mark) in found.items()}

    @contextmanager
    def watched(self, space: str) -> Iterator[list[str]]:
        """What Helm marks its releases as while the block lasts, `auth pending-upgrade`, each as it comes: none is missed."""
        shown = '{.metadata.labels.name} {.metadata.labels.status}{"\\n"}'
        words = [
            "get",
            "secrets",
            f"--namespace={space}",
            "--selector=owner=helm",
            "--watch",
            f"--output=jsonpath={shown}",
        ]
        kubectl = [str(programs.ensure("kubectl")), f"--kubeconfig={self.cluster.home.kubeconfig}", *words]
        marks: list[str] = []
        with subprocess.Popen(kubectl, stdout=subprocess.PIPE, text=True) as watching:

            def read() -> None:
                for line in watching.stdout or ():
                    marks.append(line.strip())  # noqa: PERF401 - each is to be seen as it comes

            reading = threading.Thread(target=read, daemon=True)
            reading.start()
            try:
                yield marks
            finally:
                watching.terminate()
                reading.join(10)

    def pods(self, space: str) -> set[str]:
        """The names of all pods that are not ending."""
        items = self.cluster.get("pods", f"--namespace={space}")["items"]
        return {one["metadata"]["name"] for one in items if not one["metadata"].get("deletionTimestamp")}

    def leader(self) -> Container:
        """The container of the replica that leads."""
        lease = self.cluster.get("lease", "codezest-operator", f"--namespace={SYSTEM}")
        holder = lease["spec"]["holderIdentity"]
        running = containers(self.cluster, f"--namespace={SYSTEM}")
        return next(one for one in running if one.pod == holder)

    def leads_now(self, former: set[str]) -> str:
        """The name of the leading pod if it is none of the former ones, else empty."""
        lease = self.cluster.get("lease", "codezest-operator", f"--namespace={SYSTEM}")
        holder = str(lease["spec"].get("holderIdentity") or "")
        return "" if holder in former else holder

    def look_again(self, space: str) -> None:
        """Ask for a full look, and wait until it is over."""
        asked = secrets.token_hex(4)
        words = ("annotate", "codezest/school", f"codezest.dev/reconcile={asked}", "--overwrite")
        self.cluster.kubectl(*words, f"--namespace={space}")
        eventually(
            lambda: self.status(space).get("lastHandledReconcile") == asked, "looked at", within=LOOKED_AT_WITHIN
        )

    def told(self) -> str:
        """What all replicas have written into their logs."""
        chosen = "--selector=app.kubernetes.io/name=codezest-operator"
        return self.cluster.kubectl("logs", f"--namespace={SYSTEM}", chosen, "--tail=-1", "--prefix")


def namespace(name: str) -> Document:
    """A namespace that takes only pods of the standard `restricted`."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def school(control: Control, space: str, host: str = HOST, **spec: Any) -> Document:
    """The trial that the repository shows, at a host of this cluster, in a world that has mail, payment and a place for traces."""
    example: Document = yaml.safe_load((REPOSITORY / "operator/examples/trial.yaml").read_text())
    world = {"to": HERE}
    here: Document = {
        "ingress": {"url": control.url(host), "probeAddress": "traefik.ingress.svc:80"},
        "email": {"host": f"mail.{WORLD}.svc", "port": SMTP, "security": "none"},
        "payments": {name: {"name": "stripe", "key": key} for name, key in STRIPE_KEYS.items()},
        "telemetry": {"zipkin": False, "otlp": {"endpoint": f"traces.{WORLD}.svc:{TRACES}", "insecure": True}},
        "platform": {
            "values": {"collector": {"otlp": {"peers": HERE}, "sampling": {"decisionSeconds": 2, "percent": 100}}}
        },
        "services": {
            **{name: {"values": EVERY} for name in services()},
            "auth": {"values": EVERY, "env": {"CODEZEST_DEMO": "true"}},
            "notifications": {"values": EVERY | {"egress": {"world": world | {"ports": [SMTP]}}}},
            "payments": {
                "values": EVERY | {"egress": {"world": world | {"ports": [STRIPE]}}},
                "env": {
                    "CODEZEST_STRIPE_API_BASE": f"http://stripe.{WORLD}.svc:{STRIPE}",
                    "CODEZEST_STRIPE_SWEEP_SECONDS": "5",
                },
            },
        },
    }
    whole = merged(merged(example["spec"], here), spec)
    return {**example, "metadata": {**example["metadata"], "namespace": space}, "spec": whole}


STRIPE_KEYS = {"apiKeySecret": "api-key", "webhookSecret": "webhook-secret"}


def make_room(control: Control, space: str) -> None:
    """A namespace with the Secret that the CodeZest names."""
    given = {"api-key": control.keys.api, "webhook-secret": control.keys.webhook}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "stripe", "namespace": space}}
    control.cluster.apply(namespace(space), {**secret, "stringData": given})


def operated(cluster: Cluster) -> Control:
    """The operator, with the world around it."""
    control = Control(cluster=cluster, keys=Keys.fresh())
    began = time.monotonic()
    control.make_images()
    told(f"images are in the registry after {time.monotonic() - began:.1f} s")
    make_world(cluster, control.image("trials"), control.keys)
    control.install()
    told(f"the operator runs after {time.monotonic() - began:.1f} s")
    return control


def eventually(holds: Callable[[], Any], what: str, *, within: float) -> Any:
    """Wait until it holds, and return what it said; a failure tells what was waited for."""
    deadline = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {within:.0f} s: {what}"
        time.sleep(POLL)
    return found


def rows(status: Mapping[str, Any]) -> dict[str, Document]:
    """The rows of the releases, by name."""
    return {row["name"]: row for row in status.get("releases") or ()}


def written_spans(control: Control) -> Path:
    """What has come to where traces are kept: the platform's, and the operator's own."""
    (backend,) = containers(control.cluster, f"--namespace={WORLD}", "--selector=app=traces")
    return Path(f"/proc/{backend.process.pid}/root/tmp/traces.jsonl")
