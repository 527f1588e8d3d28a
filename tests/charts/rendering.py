"""The charts as a test sees them: rendered by Helm itself, over every way they can be set up."""

import copy
import json
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from tools.database.services import ROOT, services
from tools.toolchain import programs

Manifest = dict[str, Any]
Values = Mapping[str, Any]

CHARTS = ROOT / "charts"
NAMESPACE = "school"

EXTERNAL = {
    "postgres": {"enabled": False},
    "redis": {"enabled": False},
    "collector": {"enabled": False},
    "zipkin": {"enabled": False},
    "secrets": {"mode": "existing"},
}
PEERS = [{"ipBlock": {"cidr": "10.20.0.0/16"}}]
OWN = {
    "publicUrl": "https://learn.example.org",
    "image": {"registry": "registry.example.org/school", "tag": "1.2.3", "pullSecrets": ["registry"]},
    "database": {"host": "db.example.org", "port": 6432, "sslMode": "verify-full", "caSecret": "db-ca", "peers": PEERS},
    "redis": {"host": "redis.example.org", "port": 6380, "tls": True, "peers": PEERS},
    "traces": {"host": "collector.observability", "peers": [{"namespaceSelector": {}}]},
}

# Name -> values beside the defaults. Each is a way in which somebody may run the platform.
PLATFORM: dict[str, Values] = {
    "a trial": {},
    "a gateway": {
        "ingress": {"mode": "gateway", "gateway": {"name": "edge", "namespace": "gateways", "sectionName": "https"}}
    },
    "no way in": {"ingress": {"mode": "none"}},
    "TLS": {
        "ingress": {"className": "traefik", "tlsSecret": "learn-tls", "annotations": {"example.org/class": "a"}},
        "global": {"publicUrl": "https://learn.example.org"},
    },
    "an address without a name": {"global": {"publicUrl": "http://192.0.2.7:30080"}},
    "everything one's own": {**EXTERNAL, "global": OWN},
    "one's own, with secrets given": {
        **EXTERNAL,
        "global": OWN,
        "secrets": {"given": {"postgres-admin-password": "a", "redis-password": "b"}},
    },
    "no broker and no traces": {
        "redis": {"enabled": False},
        "collector": {"enabled": False},
        "zipkin": {"enabled": False},
        "global": {"redis": {"enabled": False}, "traces": {"host": ""}},
    },
    "traces to a backend": {
        "collector": {"otlp": {"endpoint": "tempo.example.org:4317", "insecure": True, "headersSecret": "tempo"}},
        "zipkin": {"enabled": False},
    },
    "traces to nobody": {"zipkin": {"enabled": False}},
    "watched": {
        "monitoring": {"serviceMonitors": True, "rules": True, "dashboards": True, "labels": {"release": "prometheus"}}
    },
    "without network policies": {"global": {"network": {"enabled": False}}},
    "on nodes of its own": {
        "nodeSelector": {"pool": "learn"},
        "tolerations": [{"key": "pool", "operator": "Exists", "effect": "NoSchedule"}],
        "bootstrap": {"enabled": False},
    },
}
SERVICE: dict[str, Values] = {
    "one pod": {},
    "two pods": {"replicas": 2},
    "autoscaled": {"autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 5}},
    "autoscaled from one": {"autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 3}},
    "everything one's own": {"global": OWN, "replicas": 3, "secretsRevision": "2", "podAnnotations": {"a": "b"}},
    "an image of one's own": {"image": {"repository": "127.0.0.1:5000/codezest-x", "tag": "dev@sha256:" + "0" * 64}},
    "no broker and no traces": {"global": {"redis": {"enabled": False}, "traces": {"host": ""}}},
    "unwatched": {"global": {"network": {"metrics": []}}},
    "without network policies": {"global": {"network": {"enabled": False}}},
    "migrated by hand": {"migration": {"enabled": False}},
    "for a developer": {"writableRoot": True},
    "with settings and flows": {
        "settings": {"request_seconds": 20, "broker": True},
        "egress": {"ldap": {"to": PEERS, "ports": [389, 636]}, "web": {"to": "outside", "ports": [443]}},
    },
    "on nodes of its own": {
        "nodeSelector": {"pool": "learn"},
        "tolerations": [{"operator": "Exists"}],
        "priorityClassName": "learn",
        "sidecar": {"cpuLimit": "500m"},
    },
}


def helm(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Helm's answer, good or bad."""
    command = [str(programs.ensure("helm")), *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)


def template(chart: str, values: Values, *, release: str, service: str = "") -> subprocess.CompletedProcess[str]:
    """`helm template`; `service` adds that service's own values first."""
    own = ["--values", str(ROOT / "services" / service / "values.yaml")] if service else []
    words = ["template", release, str(CHARTS / chart), "--namespace", NAMESPACE, *own, "--values", "-"]
    return helm(*words, given=json.dumps(values))


def platform(values: Values) -> list[Manifest]:
    """What charts/platform makes of these values."""
    return copy.deepcopy(_rendered("platform", json.dumps(values), ""))


def service(name: str, values: Values) -> list[Manifest]:
    """What charts/service makes of a service's own values and these."""
    return copy.deepcopy(_rendered("service", json.dumps(values), name))


@cache
def _rendered(chart: str, values: str, name: str) -> list[Manifest]:
    done = template(chart, json.loads(values), release=name or "platform", service=name)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if manifest]


def stand_ins() -> list[Manifest]:
    """What charts/stand-ins makes where nothing can be looked up."""
    return copy.deepcopy(_rendered("stand-ins", "{}", ""))


CASES = [("stand-ins", ""), *(("platform", title) for title in PLATFORM)]
CASES += [(name, title) for name in services() for title in SERVICE]


def release(chart: str, title: str) -> list[Manifest]:
    """What is rendered for one case; `chart` is a service's name for its release."""
    if chart == "stand-ins":
        return stand_ins()
    return platform(PLATFORM[title]) if chart == "platform" else service(chart, SERVICE[title])


def named(manifests: Sequence[Manifest], kind: str, name: str) -> Manifest:
    """The one object of that kind and name."""
    (found,) = [one for one in manifests if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    """All objects of these kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def pods(manifests: Sequence[Manifest]) -> dict[str, Manifest]:
    """The pod templates of all workloads, by `Kind/name`."""
    workloads = of_kind(manifests, "Deployment", "StatefulSet", "DaemonSet", "Job")
    return {f"{one['kind']}/{one['metadata']['name']}": one["spec"]["template"] for one in workloads}
