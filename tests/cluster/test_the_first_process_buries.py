"""Pods come and go for days: the node's first process, to whom all orphans come, lets none of them lie."""

import psutil
import pytest

from tests.cluster.clusters import Cluster, eventually
from tests.cluster.machine import family
from tests.cluster.pods import pod
from tests.processes import lasting

pytestmark = pytest.mark.cluster


def test_a_pod_that_ends_leaves_no_zombie(cluster: Cluster, space: str, image: tuple[str, str]) -> None:
    cluster.apply(pod(space, "brief", image[0]))
    cluster.kubectl("wait", "pod/brief", f"--namespace={space}", "--for=condition=Ready", "--timeout=30s")
    before = {process.pid for process in family(cluster.keeper())}
    cluster.kubectl("delete", "pod", "brief", f"--namespace={space}")

    def zombies() -> list[psutil.Process]:
        found = lasting(family(cluster.keeper()), psutil.Process.status)
        return [process for process, status in found if status == psutil.STATUS_ZOMBIE]

    eventually(lambda: not zombies(), "every process that ended is buried", within=10)
    assert len(before - {process.pid for process in family(cluster.keeper())}) >= 2
