"""Each example is applied to a real API server, installed by the operator to the last release, and taken away again."""

from typing import Any

import pytest
import yaml

from codezest_operator.domain.spec import read
from tests.operator.node import Node
from tests.operator.replicas import Platform, a_replica, condition, eventually, ready, status
from tests.operator.server import Server
from tools.database.services import ROOT, services

pytestmark = [pytest.mark.deep, pytest.mark.timeout(180)]
EXAMPLES = sorted((ROOT / "operator/examples").glob("*.yaml"))


def secrets(spec: Any) -> list[dict[str, str]]:
    """Every Secret's name and key that a spec names."""
    if isinstance(spec, dict):
        own = [value for key, value in spec.items() if key.endswith("Secret")]
        return [*own, *(one for value in spec.values() for one in secrets(value))]
    return []


def named(spec: Any) -> dict[str, list[str]]:
    """The same, with all keys of each Secret together."""
    found: dict[str, list[str]] = {}
    for one in secrets(spec):
        found.setdefault(one["name"], []).append(one["key"])
    return {**found, **{one.name: ["ca.crt"] for one in read(spec).mounted}}


def secret(name: str, keys: list[str], namespace: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": dict.fromkeys(keys, "a value")}


def test_there_are_three() -> None:
    assert [file.stem for file in EXAMPLES] == ["external-database", "production", "trial"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_installs_every_release(
    server: Server, space: str, node: Node, platform: Platform, file: Any
) -> None:
    document = yaml.safe_load(file.read_text())
    with a_replica(server, f"example-{file.stem}"):
        document["metadata"]["namespace"] = space
        if made := [secret(name, keys, space) for name, keys in named(document["spec"]).items()]:
            server.apply(*made)
        # Who asks the URL here is not in the cluster: it is told where the platform is.
        document["spec"].setdefault("ingress", {})["probeAddress"] = platform.address
        if document["spec"]["ingress"].get("tlsSecretName"):
            eventually_installed(server, space, document)
        else:
            server.apply(document)
            eventually(lambda: ready(server, space), f"ready: {status(server, space)}")
        rows = {row["name"]: row["state"] for row in status(server, space)["releases"]}
        assert rows == dict.fromkeys(("platform", *services()), "InSync")
        server.kubectl(
            "patch", "cz/school", f"--namespace={space}", "--type=merge", '--patch={"spec":{"deletionPolicy":"Orphan"}}'
        )
        done = server.kubectl("delete", "cz/school", f"--namespace={space}", "--timeout=30s")
        assert done.returncode == 0, done.stderr


def eventually_installed(server: Server, space: str, document: dict[str, Any]) -> None:
    """All but the answer of the URL: what answers here speaks no TLS, and says so."""
    server.apply(document)
    try:
        eventually(
            lambda: condition(server, space, "Ready").get("reason") == "UrlDoesNotAnswer", "installed", within=90
        )
    except AssertionError:
        raise AssertionError(status(server, space)) from None
