"""charts/operator: what it renders is what Kubernetes takes, its pods are restricted, and its rights are those it needs."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.charts.definitions import faults
from tests.charts.rendering import CASES, helm, named, of_kind, release
from tests.operator.chart import SYSTEM, rendered
from tests.operator.server import Server
from tools.deploy.operator import operator_yaml

pytestmark = pytest.mark.thorough  # renders every chart

WATCHED = {
    "monitoring": {"serviceMonitor": True, "rules": True, "labels": {"release": "prometheus"}},
    "image": {"registry": "registry.example.org/school", "pullSecrets": ["registry"]},
    "nodeSelector": {"pool": "system"},
    "tolerations": [{"operator": "Exists"}],
    "traces": {"endpoint": "http://collector:4318"},
    "platformValues": {"zipkin": {"enabled": False}},
}
# What the operator needs beside the kinds that it installs.
BESIDE = {
    ("codezest.dev", "codezests"),
    ("codezest.dev", "codezests/status"),
    ("", "events"),
    ("", "pods"),
}
PLURALS = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses", "Resiliency": "resiliencies"}


@pytest.mark.parametrize("values", [{}, WATCHED, {"replicas": 1, "network": {"enabled": False}}])
def test_kubernetes_takes_what_is_rendered(values: dict[str, Any]) -> None:
    # The definition itself is judged by a real server: what describes schemas is no schema that this check can read.
    manifests = [one for one in rendered(values) if one["kind"] != "CustomResourceDefinition"]
    assert [fault for one in manifests for fault in faults(one)] == []


def test_its_pods_are_restricted_and_two() -> None:
    deployment = named(rendered(), "Deployment", "codezest-operator")
    assert deployment["spec"]["replicas"] == 2
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"startupProbe", "readinessProbe", "livenessProbe", "resources"} <= container.keys()
    assert of_kind(rendered(), "PodDisruptionBudget")
    assert not of_kind(rendered({"replicas": 1}), "PodDisruptionBudget")


def test_it_may_touch_exactly_the_kinds_that_the_charts_render() -> None:
    cases = [release(chart, title) for chart, title in CASES if chart != "stand-ins"]  # those it does not install
    installed = {kind_of(one) for manifests in cases for one in manifests}
    granted = {pair for rule in cluster_rules() for pair in pairs(rule)}
    assert granted == installed | BESIDE


def test_no_right_is_by_wildcard_or_gives_more_rights() -> None:
    roles = of_kind(rendered(), "ClusterRole", "Role")
    for rule in [rule for role in roles for rule in role["rules"]]:
        words = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
        assert not [word for word in words if "*" in word]
        assert not {"escalate", "bind", "impersonate", "deletecollection"} & set(rule["verbs"])
        assert "rbac.authorization.k8s.io" not in rule["apiGroups"]


def test_values_that_make_no_sense_are_refused() -> None:
    done = helm("template", "operator", "charts/operator", "--namespace", SYSTEM, "--set", "replica=3")
    assert done.returncode != 0
    assert "additional properties 'replica' not allowed" in done.stderr


def cluster_rules() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = named(rendered(), "ClusterRole", "codezest-operator")["rules"]
    return rules


def pairs(rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for group in rule["apiGroups"]:
        yield from ((group, resource) for resource in rule["resources"])


def kind_of(manifest: dict[str, Any]) -> tuple[str, str]:
    kind = manifest["kind"]
    return manifest["apiVersion"].rpartition("/")[0], PLURALS.get(kind, f"{kind.lower()}s")


def test_one_file_installs_it_on_a_real_server(server: Server) -> None:
    text = operator_yaml("registry.example.org/school")
    for _ in ("installed", "installed again"):
        done = server.kubectl(
            "apply", "--server-side", "--force-conflicts", "--validate=strict", "--filename=-", given=text
        )
        assert done.returncode == 0, done.stderr
    deployment = server.get("deployment", "codezest-operator", f"--namespace={SYSTEM}")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.org/school/codezest-operator:0.1.0"
    for kind in ("role", "rolebinding", "networkpolicy", "poddisruptionbudget", "service"):
        assert server.get(kind, "codezest-operator", f"--namespace={SYSTEM}") is not None
