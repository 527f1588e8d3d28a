"""The allow-list: who may reach whom, as (from, to, port). Names are those of pods, of namespaces (`ns/...`), and OUTSIDE."""

import yaml

from tools.database.services import ROOT, services

Flow = tuple[str, str, int]
SIDECAR = 50002
GATEWAY, PROMETHEUS, DNS, DAPR = "ns/ingress", "ns/monitoring", "ns/kube-system", "ns/dapr-system"
OUTSIDE = "0.0.0.0/0, ::/0"


def calls() -> set[tuple[str, str]]:
    """(caller, callee) of the access policy."""
    found = set()
    for callee in services():
        document = yaml.safe_load((ROOT / "components/configuration" / f"{callee}.yaml").read_text())
        found |= {(policy["appId"], callee) for policy in document["spec"]["accessControl"]["policies"]}
    return found


def within() -> set[Flow]:
    """Every flow between pods of the platform."""
    flows: set[Flow] = {(caller, callee, SIDECAR) for caller, callee in calls()}
    for name in services():
        flows |= {(name, "postgres", 5432), (f"{name}-migration", "postgres", 5432), (name, "redis", 6379)}
        flows |= {(name, "collector", 4317), (name, "collector", 4318)}
    return flows | {("bootstrap", "postgres", 5432), ("collector", "zipkin", 9411)}


def leaving() -> set[Flow]:
    """Every flow that begins at a pod of the platform."""
    inside = {f"{name}{job}" for name in services() for job in ("", "-migration")} | {"bootstrap", "collector"}
    flows = within() | {(name, DNS, port) for name in inside for port in (53, 5353)}
    flows |= {(name, f"{DAPR}/dapr-sentry", 50001) for name in services()}
    flows |= {(name, f"{DAPR}/dapr-operator", 6500) for name in services()}
    return flows | {("payments", OUTSIDE, 443)} | {("notifications", OUTSIDE, port) for port in (25, 465, 587)}


def arriving() -> set[Flow]:
    """Every flow that ends at a pod of the platform."""
    flows = within() | {(GATEWAY, name, 8000) for name in services()} | {(PROMETHEUS, "collector", 8889)}
    return flows | {(PROMETHEUS, name, port) for name in services() for port in (8000, 9090)}
