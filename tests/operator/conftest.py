"""One API server for all tests of a file's worker that need a real one, with the operator's chart installed."""

from collections.abc import Iterator

import pytest

from tests.charts.definitions import ADDED
from tests.operator.chart import SYSTEM, rendered
from tests.operator.node import Node, a_node
from tests.operator.replicas import Platform
from tests.operator.server import Server, a_server
from tools.toolchain import programs


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running API server that knows CodeZests."""
    with a_server(tmp_path_factory.mktemp("server")) as server:
        server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM}})
        server.apply(*[one for one in rendered() if one["kind"] == "CustomResourceDefinition"])
        waited = server.kubectl("wait", "--for=condition=Established", "crd/codezests.codezest.dev", "--timeout=20s")
        assert waited.returncode == 0, waited.stderr
        yield server


@pytest.fixture
def space(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of this test's own."""
    name = f"t-{abs(hash(request.node.nodeid)) % 10**8}"
    server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    server.kubectl("delete", "namespace", name, "--wait=false")


def know_everything(server: Server) -> None:
    """Have a server know every kind of the charts and give the operator its rights."""
    files = [f"--filename={programs.ensure(name)}" for name in ADDED]
    done = server.kubectl("apply", "--server-side", *files)
    assert done.returncode == 0, done.stderr
    server.apply(*[one for one in rendered() if one["kind"] in ("ClusterRole", "ClusterRoleBinding")])
    for one in rendered():
        if one["kind"] in ("Role", "RoleBinding"):
            server.apply({**one, "metadata": {**one["metadata"], "namespace": SYSTEM}})


@pytest.fixture(scope="module")
def node(server: Server) -> Iterator[Node]:
    """A node, on a server that knows everything."""
    know_everything(server)
    with a_node(server) as node:
        yield node


@pytest.fixture(scope="module")
def platform() -> Platform:
    return Platform()
