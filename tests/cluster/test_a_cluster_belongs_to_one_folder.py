"""Two checkouts do not meet by accident, and a running cluster is used rather than started twice."""

import json
import socket
from pathlib import Path

import pytest

from tests.cluster.clusters import READY_WITHIN, Cluster, a_cluster
from tools.cluster.home import ClusterPorts
from tools.local.control import Control

pytestmark = pytest.mark.cluster


def test_a_second_start_gives_the_running_cluster_at_once(cluster: Cluster) -> None:
    keeper = cluster.keeper()
    assert cluster.up() < 5
    assert cluster.keeper() == keeper


def test_two_starts_at_once_give_one_cluster(tmp_path: Path) -> None:
    cluster = a_cluster(tmp_path / "home", index=2)
    starts = [cluster.start_command("up") for _ in range(2)]
    try:
        answers = [start.communicate(timeout=READY_WITHIN) for start in starts]
        assert [start.returncode for start in starts] == [0, 0], answers
        assert {answer for answer, _ in answers} == {f"{cluster.home.kubeconfig}\n"}
        assert cluster.get("nodes")["items"]
    finally:
        cluster.down()


def test_another_folder_with_the_same_ports_is_refused_with_a_way_out(cluster: Cluster, tmp_path: Path) -> None:
    second = Cluster(type(cluster.home)(tmp_path / "second"), cluster.ports)
    answer = second.command("up")
    assert answer.returncode == 1
    assert f"{cluster.ports.ingress} (ingress) is taken by process" in answer.stderr
    assert "CODEZEST_CLUSTER_PORT_BASE=" in answer.stderr
    assert cluster.get("nodes")["items"]


def test_a_port_of_another_program_is_named(tmp_path: Path) -> None:
    cluster = a_cluster(tmp_path / "home", index=2)
    with socket.create_server(("127.0.0.1", cluster.ports.api)):
        answer = cluster.command("up")
    assert answer.returncode == 1
    assert f"{cluster.ports.api} (API server) is taken by" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_cluster_that_does_not_run_says_how_to_start_it(tmp_path: Path) -> None:
    cluster = a_cluster(tmp_path / "home", index=2)
    assert cluster.command("status").returncode == 1
    assert "`make cluster` starts one" in cluster.command("status").stdout
    answer = cluster.command("kubectl", "get", "pods")
    assert answer.returncode == 1
    assert "Start it with `make cluster`" in answer.stderr
    assert cluster.command("down").returncode == 0


def test_the_status_and_the_ports_are_told(cluster: Cluster) -> None:
    answer = cluster.command("status")
    assert answer.returncode == 0
    for word in ("ready", str(cluster.home.kubeconfig), "apiserver", "containerd", "firewall"):
        assert word in answer.stdout
    ports = json.loads(cluster.command("ports").stdout)
    assert ports == {"ingress": cluster.ports.ingress, "registry": cluster.ports.registry, "api": cluster.ports.api}
    assert ClusterPorts(ports["ingress"]) == cluster.ports


def test_words_after_kubectl_are_its_own(cluster: Cluster) -> None:
    answer = cluster.command("kubectl", "-n", "kube-system", "get", "deployments", "-o", "name")
    assert answer.stdout == "deployment.apps/coredns\n"
    assert cluster.command("kubectl", "get", "nonsense").returncode == 1


async def test_a_program_of_the_node_that_dies_is_started_again(cluster: Cluster) -> None:
    control = Control(cluster.home)
    before = (await control.status())["apiserver"]
    await control.kill("apiserver")
    await control.wait_ready("apiserver", within=30)
    after = (await control.status())["apiserver"]
    assert (after.restarts, after.pid != before.pid) == (before.restarts + 1, True)
    assert cluster.get("nodes")["items"]
