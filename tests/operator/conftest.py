"""One API server for all tests of a file's worker that need a real one, with the operator's chart installed."""

from collections.abc import Iterator

import pytest

from tests.operator.chart import SYSTEM, rendered
from tests.operator.server import Server, a_server


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
