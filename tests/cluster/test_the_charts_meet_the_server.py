"""The API server takes what the charts render, in every way to set them up; and secrets are made once, whatever comes after."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.charts.definitions import ADDED
from tests.charts.rendering import CHARTS, PLATFORM, SERVICE, Values, platform, service
from tests.cluster.clusters import COMMAND_WITHIN, Cluster, eventually
from tools.toolchain import programs

pytestmark = pytest.mark.cluster

CASES = [("platform", title) for title in PLATFORM] + [("payments", title) for title in SERVICE]
# Nothing that runs: only what the platform's chart makes once.
NOTHING_RUNS: dict[str, Any] = {
    "postgres": {"enabled": False},
    "redis": {"enabled": False},
    "collector": {"enabled": False},
    "zipkin": {"enabled": False},
    "bootstrap": {"enabled": False},
    "global": {"database": {"host": "elsewhere"}, "redis": {"enabled": False}, "traces": {"host": ""}},
}


@pytest.fixture(scope="module")
def strict(cluster: Cluster) -> Iterator[str]:
    """A namespace whose rules also warn, on a server that knows every kind the charts may use."""
    for name in ADDED:
        cluster.kubectl("apply", "--server-side", "--force-conflicts", f"--filename={programs.ensure(name)}")
    for name in ADDED:
        cluster.kubectl("wait", "--for=condition=Established", f"--filename={programs.ensure(name)}", "--timeout=30s")
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "strict", "labels": labels}})
    yield "strict"
    cluster.kubectl("delete", "namespace", "strict", "--wait=false")


@pytest.mark.parametrize(("chart", "title"), CASES)
def test_the_server_takes_every_object_without_a_warning(cluster: Cluster, strict: str, chart: str, title: str) -> None:
    manifests = platform(PLATFORM[title]) if chart == "platform" else service(chart, SERVICE[title])
    done = asked(cluster, strict, {"apiVersion": "v1", "kind": "List", "items": manifests})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("(server dry run)") == len(manifests)


def test_a_pod_that_breaks_a_rule_is_warned_of(cluster: Cluster, strict: str) -> None:
    (deployment,) = [one for one in service("payments", {}) if one["kind"] == "Deployment"]
    del deployment["spec"]["template"]["spec"]["securityContext"]["seccompProfile"]
    assert "would violate PodSecurity" in asked(cluster, strict, deployment).stderr


def asked(cluster: Cluster, namespace: str, document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What the server says to an object that it is not to keep."""
    command = [str(programs.ensure("kubectl")), f"--kubeconfig={cluster.home.kubeconfig}", f"--namespace={namespace}"]
    words = ["create", "--dry-run=server", "--validate=strict", "--filename=-"]
    given = json.dumps(document)
    return subprocess.run(
        [*command, *words], input=given, capture_output=True, text=True, timeout=COMMAND_WITHIN, check=False
    )


def test_secrets_are_made_once_and_outlive_the_release(cluster: Cluster, space: str) -> None:
    install(cluster, space, {})
    made = secrets(cluster, space)
    assert len(made) == 22
    install(cluster, space, {"collector": {"sampling": {"percent": 50}}})
    assert secrets(cluster, space) == made, "an upgrade"
    helm(cluster, space, "uninstall", "platform")
    assert secrets(cluster, space) == made, "an uninstall"
    install(cluster, space, {})
    assert secrets(cluster, space) == made, "the same installation again"
    cluster.kubectl("delete", "secret", "auth-api-token", f"--namespace={space}")
    install(cluster, space, {})
    renewed = secrets(cluster, space)
    assert {name for name in made if made[name] != renewed[name]} == {"auth-api-token"}


def test_a_secret_that_is_given_takes_the_place_of_one_that_was_made(cluster: Cluster, space: str) -> None:
    install(cluster, space, {})
    made = secrets(cluster, space)
    install(cluster, space, {"secrets": {"given": {"payments-stripe-api-key": "sk_live_given"}}})
    given = secrets(cluster, space)
    assert {name for name in made if made[name] != given[name]} == {"payments-secrets"}
    install(cluster, space, {})
    assert secrets(cluster, space) == given, "it stays when it is no longer given"


def install(cluster: Cluster, namespace: str, values: Values) -> None:
    # The server deletes what a release held a moment after it was told to.
    words = ["upgrade", "--install", "platform", str(CHARTS / "platform"), "--values=-"]
    eventually(
        lambda: helm(cluster, namespace, *words, given={**NOTHING_RUNS, **values}).returncode == 0, "it is installed"
    )


def helm(
    cluster: Cluster, namespace: str, *words: str, given: Values | None = None
) -> subprocess.CompletedProcess[str]:
    command = [
        str(programs.ensure("helm")),
        *words,
        f"--namespace={namespace}",
        f"--kubeconfig={cluster.home.kubeconfig}",
    ]
    text = json.dumps(given) if given is not None else ""
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=COMMAND_WITHIN, check=False)


def secrets(cluster: Cluster, namespace: str) -> dict[str, dict[str, str]]:
    """What every Secret of the platform holds."""
    items = cluster.get("secret", f"--namespace={namespace}", "--field-selector=type=Opaque")["items"]
    return {item["metadata"]["name"]: item["data"] for item in items}
