"""Every pod keeps to Pod Security `restricted` and to more: no writable root, no token, nothing run as a number below 1."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.charts.rendering import CASES, SERVICE, Manifest, platform, pods, release, service
from tools.database.services import services

pytestmark = pytest.mark.thorough

ALLOWED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"
}  # fmt: skip


def breaches(pod: Manifest, *, writable: bool = False) -> set[str]:
    """The rules that a pod template breaks, by name. `writable`: a developer's pod, whose root may be written."""
    spec = pod["spec"]
    return {
        *_of_pod(spec),
        *(rule for one in _containers(spec) for rule in _of_container(one, spec, writable=writable)),
    }


def _of_pod(spec: dict[str, Any]) -> Iterator[str]:
    if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
        yield "host namespaces"
    if any(set(volume) - {"name"} - ALLOWED_VOLUMES for volume in spec.get("volumes", ())):
        yield "volumes"
    security = spec.get("securityContext", {})
    if security.get("sysctls") or security.get("supplementalGroups") == [0]:
        yield "sysctls and groups"
    if spec.get("automountServiceAccountToken") is not False:
        yield "token of the API server"
    if spec.get("enableServiceLinks") is not False:
        yield "variables of other services"


def _of_container(container: dict[str, Any], spec: dict[str, Any], *, writable: bool) -> Iterator[str]:
    own, around = container.get("securityContext", {}), spec.get("securityContext", {})
    if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
        yield "privilege escalation"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()) or set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
        yield "capabilities"
    if not own.get("runAsNonRoot", around.get("runAsNonRoot")) or own.get("runAsUser", around.get("runAsUser", 0)) < 1:
        yield "root user"
    if own.get("seccompProfile", around.get("seccompProfile", {})).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "seccomp"
    if not writable and own.get("readOnlyRootFilesystem") is not True:
        yield "writable root"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield "host ports"
    if any("host" in handler.get(way, {}) for handler in _handlers(container) for way in ("httpGet", "tcpSocket")):
        yield "hosts of probes"
    if (
        not {"requests", "limits"} <= container.get("resources", {}).keys()
        or "memory" not in container["resources"]["limits"]
    ):
        yield "limits"


def _containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", ()), *spec["containers"]]


def _handlers(container: dict[str, Any]) -> list[dict[str, Any]]:
    probes = [container.get(probe, {}) for probe in ("startupProbe", "readinessProbe", "livenessProbe")]
    return [*probes, *container.get("lifecycle", {}).values()]


@pytest.mark.parametrize(("chart", "title"), CASES)
def test_no_pod_breaks_a_rule(chart: str, title: str) -> None:
    found = pods(release(chart, title))
    assert found or title == "on nodes of its own"
    for name, pod in found.items():
        assert breaches(pod, writable=title == "for a developer") == set(), name


BREAK: dict[str, Callable[[dict[str, Any]], object]] = {
    "host namespaces": lambda spec: spec.update(hostNetwork=True),
    "volumes": lambda spec: spec["volumes"].append({"name": "node", "hostPath": {"path": "/"}}),
    "sysctls and groups": lambda spec: spec["securityContext"].update(supplementalGroups=[0]),
    "token of the API server": lambda spec: spec.pop("automountServiceAccountToken"),
    "variables of other services": lambda spec: spec.pop("enableServiceLinks"),
    "privilege escalation": lambda spec: spec["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
    "capabilities": lambda spec: spec["containers"][0]["securityContext"].update(capabilities={"drop": ["NET_RAW"]}),
    "root user": lambda spec: spec["securityContext"].update(runAsUser=0),
    "seccomp": lambda spec: spec["securityContext"].pop("seccompProfile"),
    "writable root": lambda spec: spec["containers"][0]["securityContext"].update(readOnlyRootFilesystem=False),
    "host ports": lambda spec: spec["containers"][0]["ports"][0].update(hostPort=80),
    "hosts of probes": lambda spec: spec["containers"][0]["livenessProbe"]["httpGet"].update(host="10.0.0.1"),
    "limits": lambda spec: spec["containers"][0].pop("resources"),
}


@pytest.mark.parametrize("rule", BREAK)
def test_each_rule_sees_its_breach(rule: str) -> None:
    pod = copy.deepcopy(pods(service("auth", {}))["Deployment/auth"])
    BREAK[rule](pod["spec"])
    assert breaches(pod) == {rule}


@pytest.mark.parametrize("name", services())
def test_a_sidecar_is_told_to_keep_to_the_same(name: str) -> None:
    """What Dapr's injector adds by itself: no root, no writable root. Dropped capabilities are its own chart's setting."""
    annotations = pods(service(name, {}))[f"Deployment/{name}"]["metadata"]["annotations"]
    assert annotations["dapr.io/sidecar-seccomp-profile-type"] == "RuntimeDefault"
    assert annotations["dapr.io/disable-builtin-k8s-secret-store"] == "true"
    assert annotations["dapr.io/sidecar-memory-limit"]
    assert annotations["dapr.io/volume-mounts"] == "secrets:/var/run/codezest/secrets"


@pytest.mark.parametrize("title", SERVICE)
def test_no_container_of_ours_can_read_the_sidecars_secrets(title: str) -> None:
    for name, pod in pods(service("payments", SERVICE[title])).items():
        mounts = [mount["name"] for container in _containers(pod["spec"]) for mount in container["volumeMounts"]]
        assert "secrets" not in mounts, name


def test_a_job_mounts_its_own_secret_and_has_no_sidecar() -> None:
    for job in (pods(service("auth", {}))["Job/auth-migration"], pods(platform({}))["Job/bootstrap"]):
        assert not [key for key in job["metadata"].get("annotations", {}) if key.startswith("dapr.io/")]
    (owner,) = [v for v in pods(service("auth", {}))["Job/auth-migration"]["spec"]["volumes"] if "secret" in v]
    assert owner["secret"]["secretName"] == "auth-roles"
    assert owner["secret"]["items"] == [{"key": "owner", "path": "password"}]
