"""Input that cannot work, on a real API server: it ends in a condition that says what to do, in no hot loop, and heals."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.operator.node import NOWHERE, Node
from tests.operator.replicas import (
    Platform,
    Replica,
    a_replica,
    condition,
    eventually,
    ready,
    revisions,
    school,
    status,
)
from tests.operator.server import Server

pytestmark = [pytest.mark.deep, pytest.mark.timeout(180)]

WATCHED_SECONDS = 10.0
MOST_PASSES = 12  # in that time; a hot loop makes hundreds


@pytest.fixture(scope="module")
def operator(server: Server, node: Node) -> Iterator[Replica]:
    with a_replica(server) as replica:
        yield replica


def stalled(server: Server, space: str, reason: str) -> str:
    """The message of the condition, once it is there."""

    def said() -> Any:
        found = condition(server, space, "Ready")
        return found if found.get("reason") == reason else None

    return str(eventually(said, f"{reason}: {status(server, space)}")["message"])


def heals(server: Server, space: str, platform: Platform, **spec: Any) -> None:
    server.apply(school(space, platform, **spec))
    eventually(lambda: ready(server, space), f"ready: {status(server, space)}")


def test_values_that_the_chart_refuses(server: Server, space: str, operator: Replica, platform: Platform) -> None:
    wrong = {"auth": {"values": {"replicaz": 2}}}
    server.apply(school(space, platform, services=wrong))
    message = stalled(server, space, "Retrying")
    assert "auth failed" in message
    assert "replicaz" in message
    helms, passes = (
        operator.metric("codezest_operator_helm_seconds_count"),
        operator.metric("codezest_operator_passes_total"),
    )
    time.sleep(WATCHED_SECONDS)
    assert operator.metric("codezest_operator_helm_seconds_count") - helms <= 2
    assert operator.metric("codezest_operator_passes_total") - passes <= MOST_PASSES
    assert set(revisions(server, space)) == {"platform", "learning"}, "the others are installed all the same"
    heals(server, space, platform)


def test_a_database_that_does_not_answer(server: Server, space: str, operator: Replica, platform: Platform) -> None:
    password = {"name": "administrator", "key": "password"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "administrator", "namespace": space}}
    server.apply({**secret, "stringData": {"password": "c4n4ry-of-the-administrator"}})
    external = {"host": NOWHERE, "sslMode": "require", "adminPasswordSecret": password, "cidrs": ["10.0.0.0/8"]}
    server.apply(school(space, platform, database={"mode": "external", "external": external}))
    message = stalled(server, space, "Retrying")
    assert message.startswith("platform failed")
    assert f"failed: {NOWHERE} did not answer" in message
    assert set(revisions(server, space)) == {"platform"}, "no service is begun"
    heals(server, space, platform)
    assert "c4n4ry" not in operator.log.read_text()


def test_a_host_that_another_serves(server: Server, space: str, operator: Replica, platform: Platform) -> None:
    heals(server, space, platform)
    other = f"{space}-other"
    server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}})
    taken = school(other, platform)
    taken["spec"]["ingress"]["url"] = f"http://{space}.localhost"
    server.apply(taken)
    message = stalled(server, other, "HostTaken")
    assert f"{space}/school serves the host {space}.localhost already" in message
    assert revisions(server, other) == {}
    assert "finalizers" not in server.get("codezest", "school", f"--namespace={other}")["metadata"]
    heals(server, other, platform)
    server.kubectl("delete", "namespace", other, "--wait=false")


def test_an_unknown_version_leaves_what_runs(server: Server, space: str, operator: Replica, platform: Platform) -> None:
    heals(server, space, platform)
    before = revisions(server, space)
    document = school(space, platform)
    document["spec"]["version"] = "9.9.9"
    server.apply(document)
    assert "Set spec.version to 0.1.0" in stalled(server, space, "UnknownVersion")
    assert revisions(server, space) == before
    heals(server, space, platform)
    assert revisions(server, space) == before, "nothing had to be done"


def test_drift_is_only_said_with_the_mode_warn_and_what_is_ignored_is_not(
    server: Server, space: str, operator: Replica, platform: Platform
) -> None:
    ignored = [{"paths": ["/spec/replicas"], "target": {"kind": "Deployment", "name": "auth"}}]
    heals(server, space, platform, interval="10s", driftDetection={"mode": "warn", "ignore": ignored})
    here = f"--namespace={space}"
    server.kubectl("scale", "deployment/auth", "deployment/learning", "--replicas=3", here)
    message = stalled(server, space, "Drifted")
    assert "Deployment/learning differs at /spec/replicas" in message
    assert "Deployment/auth" not in message
    assert condition(server, space, "Ready")["status"] == "True"
    for name in ("auth", "learning"):
        assert server.get("deployment", name, here)["spec"]["replicas"] == 3
    heals(server, space, platform, interval="10s")
    eventually(lambda: server.get("deployment", "learning", here)["spec"]["replicas"] == 1, "put back")


def test_what_cannot_be_put_back_is_said_and_the_rest_goes_on(
    server: Server, space: str, operator: Replica, platform: Platform
) -> None:
    heals(server, space, platform, interval="10s")
    here = f"--namespace={space}"
    made = server.get("deployment", "learning", here)
    server.apply(school(space, platform, suspend=True))
    eventually(lambda: condition(server, space, "Ready").get("reason") == "Suspended", "suspended")
    server.kubectl("delete", "deployment/learning", here)
    labels = {**made["spec"]["selector"]["matchLabels"], "by": "hand"}
    again = {key: made["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
    template = {**made["spec"]["template"], "metadata": {**made["spec"]["template"]["metadata"], "labels": labels}}
    spec = {**made["spec"], "selector": {"matchLabels": labels}, "template": template}
    server.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": again, "spec": spec})
    server.apply(school(space, platform, interval="10s", services={"auth": {"replicas": 2}}))
    message = stalled(server, space, "Drifted")
    assert "Deployment/learning differs where nothing can be changed" in message
    assert "delete it, and it comes back" in message
    assert server.get("deployment", "auth", here)["spec"]["replicas"] == 2, "the others go on"
    server.kubectl("delete", "deployment/learning", here)
    eventually(lambda: condition(server, space, "Ready").get("reason") == "Succeeded", "healed")
