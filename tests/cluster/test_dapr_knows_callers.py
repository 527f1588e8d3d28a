"""Sidecars are injected and know each other by certificate: an access policy lets in whom it names, and nobody else."""

import pytest

from tests.cluster.clusters import Cluster, eventually
from tests.cluster.pods import Object, deployment, pod

pytestmark = pytest.mark.cluster


def configuration(space: str) -> Object:
    friend = {"appId": "friend", "defaultAction": "allow", "trustDomain": "public", "namespace": space}
    access = {"defaultAction": "deny", "trustDomain": "public", "policies": [friend]}
    return {
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Configuration",
        "metadata": {"name": "closed", "namespace": space},
        "spec": {"accessControl": access},
    }


def annotations(name: str) -> dict[str, str]:
    dapr = {"enabled": "true", "app-id": name, "app-port": "8080", "config": "closed"}
    # Our daprd knows no secret store but files.
    dapr["disable-builtin-k8s-secret-store"] = "true"
    return {f"dapr.io/{key}": value for key, value in dapr.items()}


def test_a_sidecar_is_injected_and_admits_by_identity(cluster: Cluster, space: str, image: tuple[str, str]) -> None:
    names = ("server", "friend", "stranger")
    cluster.apply(configuration(space))
    cluster.apply(*(deployment(pod(space, name, image[0], annotations=annotations(name))) for name in names))
    for name in names:
        cluster.kubectl("rollout", "status", f"deployment/{name}", f"--namespace={space}", "--timeout=50s")
    items = cluster.get("pod", f"--namespace={space}")["items"]
    pods = {item["metadata"]["labels"]["app"]: item for item in items}
    assert sorted(container["name"] for container in pods["server"]["spec"]["containers"]) == ["daprd", "prober"]

    def call(name: str) -> str:
        url = "http://localhost:3500/v1.0/invoke/server/method/"
        return cluster.ask(space, pods[name]["metadata"]["name"], "/get", url=url)

    # Without certificates there is no caller to name, and this one would be refused as well.
    eventually(lambda: call("friend") == "200 hello from server", "the named caller is let in")
    assert call("stranger").startswith("403 ")
