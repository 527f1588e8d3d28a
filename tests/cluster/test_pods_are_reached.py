"""A pod runs from a pushed image, and answers through its service, its name and the ingress."""

import httpx
import psutil
import pytest

from tests.cluster.clusters import Cluster, eventually, told
from tests.cluster.pods import ingress, pod, service

pytestmark = pytest.mark.cluster


@pytest.fixture
def server(cluster: Cluster, space: str, image: tuple[str, str]) -> str:
    cluster.apply(
        pod(space, "server", image[0]), service(space, "door", "server"), ingress(space, "door", "server.test")
    )
    cluster.kubectl("wait", "pod/server", f"--namespace={space}", "--for=condition=Ready", "--timeout=30s")
    return "server"


def test_a_pod_answers_from_127_0_0_1_through_ingress_and_service(cluster: Cluster, server: str) -> None:
    def answer() -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{cluster.ports.ingress}/", headers={"Host": "server.test"}, timeout=5)

    took = eventually(lambda: answer().status_code == 200, "the ingress knows the way")
    told(f"ingress: answers {took:.1f} s after the pod was ready")
    assert answer().text == f"hello from {server}"
    other = httpx.get(f"http://127.0.0.1:{cluster.ports.ingress}/", headers={"Host": "other.test"}, timeout=5)
    assert other.status_code == 404


def test_a_pod_finds_a_service_by_its_name_and_nothing_by_another(
    cluster: Cluster, space: str, server: str, image: tuple[str, str]
) -> None:
    address = cluster.get("service", "door", f"--namespace={space}")["spec"]["clusterIP"]
    full = f"door.{space}.svc.cluster.local"
    assert cluster.ask(space, server, "/resolve", name=full) == f"[{address}]"
    assert cluster.ask(space, server, "/resolve", name="door") == f"[{address}]"
    assert "error: " in cluster.ask(space, server, "/resolve", name=f"absent.{space}.svc.cluster.local")
    eventually(
        lambda: cluster.ask(space, server, "/get", url="http://door/") == f"200 hello from {server}",
        "the service leads to the pod",
    )


def test_what_runs_is_what_was_pushed(cluster: Cluster, space: str, server: str, image: tuple[str, str]) -> None:
    (status,) = cluster.get("pod", server, f"--namespace={space}")["status"]["containerStatuses"]
    assert status["imageID"].endswith(image[1])


def test_an_image_that_was_not_pushed_is_not_found(cluster: Cluster, space: str) -> None:
    cluster.apply(pod(space, "lost", f"{cluster.registry}/tests/absent:1"))

    def reason() -> str:
        statuses = cluster.get("pod", "lost", f"--namespace={space}")["status"].get("containerStatuses", [])
        waiting = [status["state"].get("waiting", {}).get("reason", "") for status in statuses]
        return waiting[0] if waiting else ""

    eventually(lambda: reason() in {"ErrImagePull", "ImagePullBackOff"}, "the pull fails")


def test_a_pod_that_wants_to_be_root_is_refused(cluster: Cluster, space: str, image: tuple[str, str]) -> None:
    root = pod(space, "root", image[0])
    root["spec"]["securityContext"] = {"runAsUser": 0}
    with pytest.raises(AssertionError, match='violates PodSecurity "restricted'):
        cluster.apply(root)


def test_every_door_is_on_loopback_only(cluster: Cluster) -> None:
    doors = {cluster.ports.ingress, cluster.ports.registry, cluster.ports.api}
    listening = [tuple(c.laddr) for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {address for address in listening if doors & set(address)} == {("127.0.0.1", door) for door in doors}


def test_the_api_server_tells_strangers_nothing_but_that_it_lives(cluster: Cluster) -> None:
    with httpx.Client(base_url=f"https://127.0.0.1:{cluster.ports.api}", verify=False) as stranger:  # noqa: S501 - asks, sends nothing
        assert stranger.get("/readyz").status_code == 200
        assert {path: stranger.get(path).status_code for path in ("/api/v1/secrets", "/version", "/metrics")} == {
            "/api/v1/secrets": 401,
            "/version": 401,
            "/metrics": 401,
        }


def test_the_kubeconfig_is_its_owners_alone(cluster: Cluster) -> None:
    assert cluster.home.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert cluster.home.path.stat().st_mode & 0o777 == 0o700
