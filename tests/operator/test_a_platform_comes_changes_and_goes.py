"""The operator against a real API server with real controllers and the real helm; only kubelets are played (node.py)."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.charts.queries import faults, queries_of
from tests.charts.rendering import named
from tests.operator.chart import rendered
from tests.operator.node import Node
from tests.operator.replicas import (
    Platform,
    Replica,
    a_replica,
    condition,
    decoded,
    encoded,
    eventually,
    ready,
    revisions,
    school,
    status,
    told,
)
from tests.operator.server import Server
from tools.toolchain import programs

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def operator(server: Server, node: Node) -> Iterator[Replica]:
    with a_replica(server) as replica:
        yield replica


@pytest.fixture(scope="module")
def home(server: Server, operator: Replica) -> Iterator[str]:
    """A namespace whose platform several tests change, each from the same beginning: installing takes longest."""
    server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "home"}})
    yield "home"
    server.kubectl("delete", "namespace", "home", "--wait=false")


def installed(server: Server, space: str, platform: Platform, **spec: Any) -> None:
    server.apply(school(space, platform, **spec))
    eventually(lambda: ready(server, space), f"ready: {status(server, space)}")


def test_apply_makes_it_run_and_a_look_without_change_writes_nothing(
    server: Server, space: str, operator: Replica, platform: Platform
) -> None:
    platform.up = False
    server.apply(school(space, platform, interval="10s"))
    eventually(
        lambda: condition(server, space, "Ready").get("reason") == "UrlDoesNotAnswer", "all installed, no answer"
    )
    assert condition(server, space, "Reconciling")["status"] == "True"
    platform.up = True
    eventually(lambda: ready(server, space), "ready")
    assert server.kubectl("wait", "cz/school", f"-n={space}", "--for=condition=Ready", "--timeout=5s").returncode == 0
    assert condition(server, space, "Reconciling") == {}
    rows = {row["name"]: row for row in status(server, space)["releases"]}
    assert {name: row["revision"] for name, row in rows.items() if row["revision"]} == dict.fromkeys(
        ("platform", "auth", "learning"), 1
    )
    document = server.get("codezest", "school", f"--namespace={space}")
    assert list(document["metadata"].get("annotations", {})) == [], "Kopf keeps no copy of the spec"
    passes, actions = (
        operator.metric("codezest_operator_passes_total"),
        operator.metric("codezest_operator_actions_total"),
    )
    eventually(lambda: operator.metric("codezest_operator_passes_total") > passes, "another look")
    later = server.get("codezest", "school", f"--namespace={space}")
    assert later["metadata"]["resourceVersion"] == document["metadata"]["resourceVersion"]
    assert operator.metric("codezest_operator_actions_total") == actions
    assert operator.healthy()


def test_a_change_moves_only_what_it_concerns(server: Server, home: str, operator: Replica, platform: Platform) -> None:
    installed(server, home, platform)
    before = revisions(server, home)
    installed(server, home, platform, services={"auth": {"env": {"CODEZEST_REQUEST_SECONDS": "20"}, "replicas": 2}})
    assert revisions(server, home) == {**before, "auth": before["auth"] + 1}
    settings = server.get("configmap", "auth-settings", f"--namespace={home}")
    assert settings["data"]["CODEZEST_REQUEST_SECONDS"] == "20"


@pytest.mark.deep
def test_an_image_that_never_comes_is_rolled_back_and_heals(
    server: Server, home: str, operator: Replica, platform: Platform
) -> None:
    installed(server, home, platform)
    before = revisions(server, home)["learning"]
    change = {"timeout": "10s", "upgrade": {"remediation": {"retries": 0}}}
    server.apply(school(home, platform, services={"learning": {"image": {"tag": "bad"}}}, **change))
    stalled = eventually(lambda: condition(server, home, "Stalled"), "given up")
    assert stalled["reason"] == "RetriesExceeded"
    assert "ImagePullBackOff" in stalled["message"]
    (container,) = server.get("deployment", "learning", f"--namespace={home}")["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(":0.1.0"), "what worked runs again"
    assert revisions(server, home)["learning"] == before + 2, "the upgrade, and the way back"
    installed(server, home, platform, services={"learning": {"replicas": 2}})


def test_what_was_changed_by_hand_is_taken_back(
    server: Server, home: str, operator: Replica, platform: Platform
) -> None:
    installed(server, home, platform, interval="10s")
    before = revisions(server, home)
    here = f"--namespace={home}"
    server.kubectl("delete", "deployment/auth", "secret/auth-roles", "component/state", here)
    server.kubectl("scale", "deployment/learning", "--replicas=5", here)
    eventually(lambda: server.get("deployment", "auth", here), "the Deployment is back")
    eventually(lambda: server.get("secret", "auth-roles", here), "the Secret is back")
    eventually(lambda: server.get("components.dapr.io", "state", here), "the component is back")
    eventually(lambda: server.get("deployment", "learning", here)["spec"]["replicas"] == 1, "one replica")
    eventually(lambda: ready(server, home), "ready again")
    assert revisions(server, home) == before, "helm did not run"
    # Fields that another manager owned would stay for ever, whatever a later chart leaves out.
    for name in ("auth", "learning"):
        fields = server.get("deployment", name, here, "--show-managed-fields")["metadata"]["managedFields"]
        assert {one["manager"] for one in fields if one["operation"] == "Apply"} == {"helm"}


def test_alerts_and_dashboard_name_what_it_tells(
    server: Server, home: str, operator: Replica, platform: Platform
) -> None:
    installed(server, home, platform, interval="10s")
    put_back = "codezest_operator_actions_total", frozenset({("action", "correct"), ("outcome", "succeeded")})
    before = operator.samples().get(put_back, 0)
    server.kubectl("scale", "deployment/learning", "--replicas=5", f"--namespace={home}")
    eventually(lambda: operator.samples().get(put_back, 0) > before, "put back")
    told, shown = operator.samples(), rendered({"monitoring": {"rules": True, "dashboard": True}})
    (rules,) = [one["spec"]["groups"][0]["rules"] for one in shown if one["kind"] == "PrometheusRule"]
    board = named(shown, "ConfigMap", "codezest-operator-dashboard")["data"]["codezest-operator.json"]
    asked = list(queries_of(rules, {"operator": json.loads(board)}))
    assert len(asked) > len(rules)
    assert {query.place: wrong for query in asked if (wrong := faults(query, told))} == {}


def test_helm_by_hand_is_noticed(server: Server, home: str, operator: Replica, platform: Platform) -> None:
    installed(server, home, platform, interval="10s")
    before = revisions(server, home)["auth"]
    command = [
        str(programs.ensure("helm")),
        "upgrade",
        "auth",
        "charts/service",
        "--reuse-values",
        "--set",
        "replicas=3",
    ]
    where = [f"--namespace={home}", f"--kubeconfig={server.kubeconfig}", "--force-conflicts"]
    done = subprocess.run([*command, *where], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    eventually(lambda: revisions(server, home)["auth"] == before + 2, "made ours again")
    eventually(lambda: server.get("deployment", "auth", f"--namespace={home}")["spec"]["replicas"] == 1, "one replica")


@pytest.mark.deep
def test_a_release_that_was_left_pending_is_unlocked_and_finished(
    server: Server, home: str, operator: Replica, platform: Platform
) -> None:
    installed(server, home, platform, interval="10s")
    before = revisions(server, home)["auth"]
    secret = server.get("secret", f"sh.helm.release.v1.auth.v{before}", f"--namespace={home}")
    release = decoded(secret)
    release["info"]["status"] = secret["metadata"]["labels"]["status"] = "pending-upgrade"
    secret["data"]["release"] = encoded(release)
    done = server.kubectl("replace", "--filename=-", given=secret)
    assert done.returncode == 0, done.stderr
    eventually(lambda: revisions(server, home)["auth"] == before + 1, "unlocked and upgraded")
    eventually(lambda: ready(server, home), "ready")
    reasons = {one["reason"] for one in server.get("events", f"--namespace={home}")["items"]}
    assert "Unlocked" in reasons


def test_while_suspended_it_only_says_what_it_would_do(
    server: Server, home: str, operator: Replica, platform: Platform
) -> None:
    installed(server, home, platform)
    before = revisions(server, home)
    server.apply(school(home, platform, suspend=True, services={"auth": {"replicas": 2}}))
    eventually(lambda: condition(server, home, "Ready").get("reason") == "Suspended", "suspended")
    (entry,) = status(server, home)["plan"]
    assert (entry["release"], entry["action"], entry["changes"]) == ("auth", "upgrade", ["replicas"])
    assert revisions(server, home) == before


def test_a_missing_secret_is_said_heals_and_shows_nowhere(
    server: Server, space: str, operator: Replica, platform: Platform
) -> None:
    canary = "c4n4ry-of-the-mail-password"
    email = {"host": "mail.example.org", "user": "school", "passwordSecret": {"name": "mail", "key": "password"}}
    server.apply(school(space, platform, email=email))
    stalled = eventually(lambda: condition(server, space, "Stalled"), "missing")
    assert stalled["reason"] == "SecretMissing"
    assert "Secret mail (key password)" in stalled["message"]
    server.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "mail", "namespace": space},
            "stringData": {"password": canary},
        }
    )
    server.kubectl("annotate", "cz/school", f"--namespace={space}", "codezest.dev/reconcile=now")
    eventually(lambda: ready(server, space), "ready")
    template = '{{index .data "secrets.json" | base64decode}}'
    file = server.kubectl(
        "get",
        "secret",
        "notifications-secrets",
        f"--namespace={space}",
        f"--output=go-template={template}",
    )
    assert canary in file.stdout, "it has arrived where it is needed"
    shown = [server.get(kind, f"--namespace={space}") for kind in ("codezests", "events", "deployments", "configmaps")]
    assert canary not in told(shown)
    assert canary not in operator.log.read_text()


def test_deletion_takes_all_away_or_leaves_all(
    server: Server, space: str, operator: Replica, platform: Platform
) -> None:
    installed(server, space, platform, deletionPolicy="Orphan")
    here = f"--namespace={space}"
    server.kubectl("delete", "cz/school", here, "--timeout=20s")
    assert server.get("cz", "school", here) is None
    assert set(revisions(server, space)) == {"platform", "auth", "learning"}
    installed(server, space, platform)
    assert revisions(server, space) == dict.fromkeys(("platform", "auth", "learning"), 1), (
        "what was left is taken over as it is"
    )
    done = server.kubectl("delete", "cz/school", here, "--timeout=60s")
    assert done.returncode == 0, done.stderr
    assert revisions(server, space) == {}
    assert server.get("deployments", here)["items"] == []


@pytest.mark.deep
def test_a_namespace_that_goes_takes_its_codezest_along(
    server: Server, space: str, operator: Replica, platform: Platform
) -> None:
    installed(server, space, platform)
    done = server.kubectl("delete", "namespace", space, "--timeout=60s")
    assert done.returncode == 0, done.stderr
    assert server.get("namespace", space) is None
