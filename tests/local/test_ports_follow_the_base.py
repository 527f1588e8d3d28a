"""Every port is counted from the base, so that two instances never meet."""

import os
import socket
from contextlib import ExitStack

import pytest

from tools.local.daprfile import read_apps
from tools.local.ports import DEFAULT_BASE, SPAN, InstancePorts, Ports, demand_free
from tools.local.problem import Problem
from tools.local.site import Options

DECLARED = InstancePorts(app=8020, http=8021, grpc=8022, internal=8023, metrics=8024)


def test_the_declared_ports_are_those_of_the_default_base() -> None:
    assert Ports(DEFAULT_BASE).replica(DECLARED, app=0, apps=5, replica=1) == DECLARED


def test_another_base_moves_all_five_ports_alike() -> None:
    moved = Ports(19000).replica(DECLARED, app=0, apps=5, replica=1)
    assert moved.all() == (19020, 19021, 19022, 19023, 19024)


def test_people_find_the_pages_at_the_first_four_ports() -> None:
    ports = Ports(9000)
    assert [ports[name] for name in ("gateway", "mail", "stripe", "zipkin")] == [9000, 9001, 9002, 9003]
    assert ports.url("mail") == "http://localhost:9001"


def test_no_two_programs_share_a_port_with_three_replicas_of_everything() -> None:
    apps, ports = read_apps(Options.apps_file), Ports(8000)
    used = [ports[name] for name in ("gateway", "mail", "stripe", "zipkin", "postgres", "redis", "smtp", "page")]
    used += [ports[name] for name in ("otlp-http", "otlp-grpc", "sentry", "sentry-health", "gateway-health")]
    for index, app in enumerate(apps):
        for number in (1, 2, 3):
            used += ports.replica(app.ports, app=index, apps=len(apps), replica=number).all()
    assert len(used) == len(set(used))
    assert all(8000 <= port < 8000 + SPAN for port in used)


def test_too_many_replicas_are_refused_with_the_number_that_fits() -> None:
    with pytest.raises(Problem, match="REPLICAS=4"):
        Ports(8000).replica(DECLARED, app=4, apps=5, replica=5)


@pytest.mark.parametrize("base", [0, 80, 65400])
def test_a_base_without_room_is_refused(base: int) -> None:
    with pytest.raises(Problem, match="Choose CODEZEST_PORT_BASE"):
        Ports(base)


def test_a_taken_port_is_told_with_its_purpose_and_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Problem) as refused:
            demand_free([(port, "gateway")])
    assert f"{port} (gateway) is taken by process {os.getpid()}" in refused.value.cause
    assert "CODEZEST_PORT_BASE" in refused.value.remedy


def test_of_many_taken_ports_three_are_told_and_the_rest_are_counted() -> None:
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(8)]
        with pytest.raises(Problem) as refused:
            demand_free([(port, f"program {number}") for number, port in enumerate(taken, start=1)])
    assert refused.value.cause.count("is taken by") == 3
    assert "(program 3) is taken by" in refused.value.cause
    assert refused.value.cause.endswith("; and 5 more.")
    assert "CODEZEST_PORT_BASE" in refused.value.remedy


def test_a_port_is_free_again_at_once_after_its_program_ended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        # The server's side closes first and lingers in TIME_WAIT.
        accepted.close()
        client.close()
    demand_free([(port, "gateway")])
