"""What sidecars are told in a cluster is what components/ says, but for the few things that a cluster does otherwise."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.rendering import CHARTS, EXTERNAL, NAMESPACE, OWN, Manifest, named, of_kind, platform
from tools.database.services import ROOT, services

pytestmark = pytest.mark.thorough

LOCAL = ROOT / "components"


def local(path: str) -> Manifest:
    document: Manifest = yaml.safe_load((LOCAL / path).read_text())
    return document


def settings(component: Manifest) -> dict[str, Any]:
    return {
        item["name"]: {key: value for key, value in item.items() if key != "name"}
        for item in component["spec"]["metadata"]
    }


@pytest.mark.parametrize("chart", ["platform", "service"])
def test_a_chart_holds_components_by_a_link_so_that_there_is_one_truth(chart: str) -> None:
    link = CHARTS / chart / "components"
    assert link.is_symlink()
    assert link.readlink() == Path("../../components")


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [
        ("pubsub", {"redisHost": {"value": "redis:6379"}}),
        ("state", {"redisHost": {"value": "redis:6379"}}),
        ("secrets", {"secretsFile": {"value": "/var/run/codezest/secrets/secrets.json"}}),
    ],
)
def test_a_component_differs_only_in_where_things_are(name: str, elsewhere: dict[str, Any]) -> None:
    ours, theirs = named(platform({}), "Component", name), local(f"{name}.yaml")
    assert settings(ours) == {**settings(theirs), **elsewhere}
    for document in (ours, theirs):
        del document["spec"]["metadata"]
        document["metadata"].pop("labels", None)
    assert ours == theirs


def test_no_component_is_there_that_is_not_in_the_local_run() -> None:
    kinds = [local(path.name)["kind"] for path in LOCAL.glob("*.yaml")]
    assert len(of_kind(platform({}), "Component", "Resiliency")) == len(kinds)


def test_the_resiliency_is_the_same() -> None:
    ours, theirs = named(platform({}), "Resiliency", "resiliency"), local("resiliency.yaml")
    assert ours["spec"] == theirs["spec"]


@pytest.mark.parametrize("name", services())
def test_a_policy_differs_only_in_the_namespace_and_in_what_the_control_plane_says(name: str) -> None:
    ours, theirs = named(platform({}), "Configuration", name)["spec"], local(f"configuration/{name}.yaml")["spec"]
    for policy in theirs["accessControl"]["policies"]:
        policy["namespace"] = NAMESPACE
    del theirs["nameResolution"], theirs["mtls"]
    theirs["metrics"]["enabled"] = True
    theirs["tracing"]["otel"] = {"endpointAddress": "collector:4317", "isSecure": False, "protocol": "grpc"}
    assert ours == theirs


def test_every_service_has_a_policy() -> None:
    assert {one["metadata"]["name"] for one in of_kind(platform({}), "Configuration")} == set(services())


def test_a_redis_of_ones_own_is_spoken_to_over_tls() -> None:
    pubsub = settings(named(platform({**EXTERNAL, "global": OWN}), "Component", "pubsub"))
    assert pubsub["redisHost"] == {"value": "redis.example.org:6380"}
    assert pubsub["enableTLS"] == {"value": "true"}
    assert "enableTLS" not in settings(named(platform({}), "Component", "pubsub"))


def test_without_redis_no_sidecar_waits_for_it() -> None:
    values = {"redis": {"enabled": False}, "global": {"redis": {"enabled": False}}}
    assert [one["metadata"]["name"] for one in of_kind(platform(values), "Component")] == ["secrets"]


def test_without_a_collector_sidecars_record_nothing() -> None:
    values = {"collector": {"enabled": False}, "global": {"traces": {"host": ""}}}
    assert named(platform(values), "Configuration", "auth")["spec"]["tracing"] == {"samplingRate": "0"}
