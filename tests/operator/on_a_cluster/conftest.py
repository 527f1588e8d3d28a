"""One cluster with the operator for all tests of this folder, and on it a platform from the repository's trial."""

import time
from collections.abc import Iterator

import pytest

from tests.cluster.clusters import a_cluster, told
from tests.operator.on_a_cluster.control import Control, make_room, operated, school

NAMESPACE = "school"
SECOND_CLUSTER = 5  # beside the one of tests/cluster, should that run


@pytest.fixture(scope="session")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    """The operator on a cluster of its own."""
    cluster = a_cluster(tmp_path_factory.mktemp("cluster") / "home", SECOND_CLUSTER)
    try:
        told(f"cluster: ready after {cluster.up():.1f} s")
        yield operated(cluster)
    finally:
        told(f"cluster: stopped after {cluster.down():.1f} s")


@pytest.fixture(scope="session")
def first_ready(control: Control) -> float:
    """Seconds from applying the trial until it is ready, with images already on the node's registry."""
    make_room(control, NAMESPACE)
    began = time.monotonic()
    control.apply(school(control, NAMESPACE))
    control.wait_until_ready(NAMESPACE)
    return time.monotonic() - began


@pytest.fixture
def space(control: Control, first_ready: float) -> str:
    """The namespace of a CodeZest that is the trial again, and ready."""
    control.apply(school(control, NAMESPACE))
    control.wait_until_ready(NAMESPACE)
    return NAMESPACE
