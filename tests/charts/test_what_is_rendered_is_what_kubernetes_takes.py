"""Both charts, over every way to set them up, hold against Kubernetes 1.35 field by field, and their parts fit together."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.charts.definitions import faults
from tests.charts.rendering import (
    CASES,
    PLATFORM,
    SERVICE,
    Manifest,
    helm,
    named,
    of_kind,
    platform,
    pods,
    release,
    service,
)
from tools.database.services import ROOT, services

pytestmark = pytest.mark.thorough

NOBODYS = {"db-ca", "learn-tls", "registry", "tempo"}  # what the values of a test name, and somebody else makes


@pytest.mark.parametrize("chart", ["platform", "stand-ins", *services()])
def test_helm_finds_nothing_to_complain_of(chart: str) -> None:
    own = ["--values", str(ROOT / "services" / chart / "values.yaml")] if chart in services() else []
    done = helm("lint", "--strict", str(ROOT / "charts" / ("service" if own else chart)), *own)
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout


@pytest.mark.parametrize(("chart", "title"), CASES)
def test_every_field_is_one_that_kubernetes_knows(chart: str, title: str) -> None:
    manifests = release(chart, title)
    assert manifests
    for manifest in manifests:
        assert faults(manifest) == [], f"{manifest['kind']} {manifest['metadata']['name']}"


def test_a_field_that_nobody_knows_is_seen() -> None:
    deployment = named(service("auth", {}), "Deployment", "auth")
    deployment["spec"]["template"]["spec"]["containers"][0]["imagePullPolices"] = "Always"
    assert "'imagePullPolices' was unexpected" in faults(deployment)[0]
    component = named(platform({}), "Component", "pubsub")
    component["spec"]["initTimeouts"] = "5s"
    assert "'initTimeouts' was unexpected" in faults(component)[0]
    assert "no kind" in faults({"apiVersion": "v1", "kind": "Pods"})[0]


@pytest.mark.parametrize(("chart", "title"), CASES)
def test_no_two_objects_have_one_name(chart: str, title: str) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in release(chart, title)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("chart", "title"), CASES)
def test_every_selector_finds_its_pods_and_only_them(chart: str, title: str) -> None:
    manifests = release(chart, title)
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(manifests).items()}
    for workload in of_kind(manifests, "Deployment", "StatefulSet"):
        wanted = workload["spec"]["selector"]["matchLabels"]
        found = [name for name, own in labels.items() if wanted.items() <= own.items()]
        assert found == [f"{workload['kind']}/{workload['metadata']['name']}"]
    for target in of_kind(manifests, "Service"):
        wanted = target["spec"]["selector"]
        (name,) = [name for name, own in labels.items() if wanted.items() <= own.items()]
        ports = {port["name"] for port in _containers(pods(manifests)[name])[0]["ports"]}
        assert {port["targetPort"] for port in target["spec"]["ports"]} <= ports


@pytest.mark.parametrize("title", SERVICE)
def test_whatever_a_pod_names_is_made_by_one_of_the_charts(title: str) -> None:
    made = {(one["kind"], one["metadata"]["name"]): one for one in platform({})}
    for name in services():
        manifests = service(name, SERVICE[title])
        own = made | {(one["kind"], one["metadata"]["name"]): one for one in manifests}
        for pod in pods(manifests).values():
            _demand(pod, own)


@pytest.mark.parametrize("title", PLATFORM)
def test_whatever_the_platforms_pods_name_is_made(title: str) -> None:
    given = {(one["kind"], one["metadata"]["name"]): one for one in of_kind(platform({}), "Secret")}
    manifests = platform(PLATFORM[title])
    for pod in pods(manifests).values():
        _demand(pod, given | {(one["kind"], one["metadata"]["name"]): one for one in manifests})


def _demand(pod: Manifest, made: dict[tuple[str, str], Manifest]) -> None:
    spec = pod["spec"]
    assert ("ServiceAccount", spec["serviceAccountName"]) in made
    for kind, name, keys in _named_by(pod):
        if name not in NOBODYS:
            assert (kind, name) in made, f"{kind} {name}"
            assert keys <= made[kind, name]["data"].keys(), name
    volumes = {volume["name"] for volume in spec["volumes"]}
    mounted = {mount["name"] for container in _containers(pod) for mount in container["volumeMounts"]}
    by_sidecar = pod["metadata"].get("annotations", {}).get("dapr.io/volume-mounts", "").split(":")[0]
    claimed = {"data"}  # made by the StatefulSet
    assert mounted - claimed | ({by_sidecar} - {""}) == volumes


def _named_by(pod: Manifest) -> Iterator[tuple[str, str, set[str]]]:
    annotations = pod["metadata"].get("annotations", {})
    for token in ("dapr.io/api-token-secret", "dapr.io/app-token-secret"):
        if token in annotations:
            yield "Secret", annotations[token], {"token"}
    if "dapr.io/volume-mounts" in annotations:
        name = annotations["dapr.io/app-id"]
        yield "Secret", f"{name}-secrets", {"secrets.json"}
    for volume in pod["spec"]["volumes"]:
        sources = volume.get("projected", {}).get("sources", [volume])
        for source in sources:
            if secret := source.get("secret"):
                name = secret.get("secretName") or secret["name"]
                yield "Secret", name, {item["key"] for item in secret.get("items", ())}
            if configuration := source.get("configMap"):
                yield "ConfigMap", configuration["name"], set()
    for container in _containers(pod):
        yield from _of_environment(container)


def _of_environment(container: dict[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    for source in container.get("envFrom", ()):
        yield "ConfigMap", source["configMapRef"]["name"], set()
    for variable in container.get("env", ()):
        if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
            yield "Secret", reference["name"], {reference["key"]}


def _containers(pod: Manifest) -> list[dict[str, Any]]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]
