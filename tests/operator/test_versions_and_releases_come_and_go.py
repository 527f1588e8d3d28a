"""An operator of a later version, releases that hands have taken away, figures of a replica that has just come to lead."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.operator.node import Node
from tests.operator.replicas import (
    Platform,
    Replica,
    a_replica,
    condition,
    decoded,
    eventually,
    ready,
    revisions,
    school,
    status,
)
from tests.operator.server import Server
from tools.database.services import ROOT
from tools.toolchain import programs

pytestmark = [pytest.mark.deep, pytest.mark.timeout(180)]

NEXT = "0.2.0"
RELEASES = ("platform", "auth", "learning")


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """What the operator of the next version carries."""
    for name in ("charts", "services"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for chart in ("platform", "service"):
        file = tmp_path / "charts" / chart / "Chart.yaml"
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "appVersion": NEXT, "version": NEXT}))
    return tmp_path


def come(server: Server, space: str, platform: Platform, **spec: Any) -> None:
    server.apply(school(space, platform, **spec))
    eventually(lambda: ready(server, space), f"ready: {status(server, space)}")


def images(server: Server, space: str) -> dict[str, str]:
    """The tag of each service's image."""
    found = server.get("deployments", f"--namespace={space}")["items"]
    services = {one["metadata"]["name"]: one for one in found if one["metadata"]["name"] in RELEASES}
    return {
        name: one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
        for name, one in services.items()
    }


def pods(server: Server, space: str) -> set[str]:
    return {one["metadata"]["name"] for one in server.get("pods", f"--namespace={space}")["items"]}


def spans(server: Server, space: str, revision: int) -> dict[str, tuple[datetime, datetime]]:
    """When helm began this revision of each release, and when it wrote down that it is deployed (whole seconds)."""
    words = (f"--namespace={space}", f"--selector=owner=helm,version={revision}", "--show-managed-fields")
    found = {}
    for secret in server.get("secrets", *words)["items"]:
        release = decoded(secret)
        assert release["info"]["status"] == "deployed", release["name"]
        written = max(datetime.fromisoformat(one["time"]) for one in secret["metadata"]["managedFields"])
        found[release["name"]] = (datetime.fromisoformat(release["info"]["last_deployed"]), written)
    return found


def test_a_later_operator_leaves_what_runs_until_it_is_asked(
    server: Server, space: str, node: Node, platform: Platform, next_version: Path
) -> None:
    with a_replica(server, "present"):
        come(server, space, platform)
    before, running = revisions(server, space), pods(server, space)
    with a_replica(server, "next", CODEZEST_OPERATOR_ROOT=str(next_version)):
        eventually(lambda: condition(server, space, "Ready").get("reason") == "UnknownVersion", "another version")
        assert f"Set spec.version to {NEXT}" in status(server, space)["message"]
        assert "what runs is left as it is" in status(server, space)["message"]
        assert (revisions(server, space), pods(server, space)) == (before, running)
        assert images(server, space) == {"auth": "0.1.0", "learning": "0.1.0"}
        later = school(space, platform)
        later["spec"]["version"] = NEXT
        server.apply(later)
        eventually(lambda: ready(server, space), f"ready: {status(server, space)}")
        assert revisions(server, space) == {name: number + 1 for name, number in before.items()}
        assert images(server, space) == {"auth": NEXT, "learning": NEXT}
        times = spans(server, space, 2)
        begun = {name: start for name, (start, _) in times.items() if name != "platform"}
        assert min(begun.values()) >= times["platform"][1], f"what the services stand on is there first: {times}"
        assert {row["name"]: row["version"] for row in status(server, space)["releases"] if row["revision"]} == (
            dict.fromkeys(RELEASES, NEXT)
        )


def uninstall(server: Server, space: str, *releases: str) -> None:
    """As somebody does it by hand."""
    command = [str(programs.ensure("helm")), "uninstall", *releases, "--cascade=background"]
    where = [f"--namespace={space}", f"--kubeconfig={server.kubeconfig}"]
    done = subprocess.run([*command, *where], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("gone", [("learning",), ("platform",), RELEASES], ids=["a service", "the platform", "all"])
def test_a_deletion_ends_though_releases_are_gone_and_it_was_suspended(
    server: Server, space: str, node: Node, platform: Platform, gone: tuple[str, ...]
) -> None:
    here = f"--namespace={space}"
    with a_replica(server, "remover"):
        come(server, space, platform)
        server.apply(school(space, platform, suspend=True))
        eventually(lambda: condition(server, space, "Ready").get("reason") == "Suspended", "suspended")
        uninstall(server, space, *gone)
        assert set(revisions(server, space)) == set(RELEASES) - set(gone), "nothing is put back while it is suspended"
        done = server.kubectl("delete", "cz/school", here, "--timeout=60s")
    assert done.returncode == 0, done.stderr
    assert revisions(server, space) == {}
    eventually(lambda: not server.get("deployments,statefulsets", here)["items"], "nothing is left")


def told_of(replica: Replica, space: str) -> dict[str, float]:
    """What a replica tells Prometheus of the platform in a namespace: whether it is ready, and its releases by state."""
    found = {}
    for (name, labels), value in replica.samples().items():
        given = dict(labels)
        if name in ("codezest_operator_ready", "codezest_operator_releases") and given["namespace"] == space:
            found[f"{name} {given.get('state', '')}"] = value
    return found


def test_whoever_leads_tells_of_what_another_has_installed(
    server: Server, space: str, node: Node, platform: Platform
) -> None:
    with a_replica(server, "former") as former:
        come(server, space, platform, interval="1h")
        told = told_of(former, space)
        assert told["codezest_operator_ready "] == 1
        now = {name: value for name, value in told.items() if value}  # a state that was left stays, at 0
    with a_replica(server, "heir") as heir:
        eventually(lambda: heir.metric("codezest_operator_leader") == 1, "it leads")
        eventually(
            lambda: {name: value for name, value in told_of(heir, space).items() if value} == now, "the same is told"
        )
