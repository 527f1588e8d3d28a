"""Two replicas: when the one that leads ends in whatever way, its helm is dead before the other leads, and the other finishes."""

import signal
import time

import pytest

from tests.operator.node import Node
from tests.operator.replicas import Platform, a_replica, eventually, ready, revisions, school, status
from tests.operator.server import Server

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(180)]
WITHIN = 30.0


@pytest.mark.parametrize(
    "death", ["killed", *(pytest.param(death, marks=pytest.mark.deep) for death in ("frozen", "asked to end"))]
)
def test_another_replica_finishes_what_the_leader_began(
    server: Server, space: str, node: Node, platform: Platform, death: str
) -> None:
    with a_replica(server, f"leader-{death[:3]}", CODEZEST_OPERATOR_LEASE_SECONDS="8") as leader:
        eventually(lambda: leader.metric("codezest_operator_leader") == 1, "it leads")
        with a_replica(server, f"heir-{death[:3]}", CODEZEST_OPERATOR_LEASE_SECONDS="8") as heir:
            server.apply(school(space, platform))
            (helm,) = eventually(leader.helms, "helm is at work")
            numbers = {"killed": signal.SIGKILL, "frozen": signal.SIGSTOP, "asked to end": signal.SIGTERM}
            leader.process.send_signal(numbers[death])
            began = time.monotonic()
            eventually(lambda: not helm.is_running(), "helm has ended", within=15)
            eventually(lambda: heir.metric("codezest_operator_leader") == 1, "the other leads", within=15)
            assert not helm.is_running()
            eventually(lambda: ready(server, space), f"ready: {status(server, space)}")
            assert time.monotonic() - began < WITHIN
    assert set(revisions(server, space)) == {"platform", "auth", "learning"}
