"""The whole platform by its charts on a real Kubernetes, and the main job through its ingress, read back as traces."""

import pytest

from tests.cluster.clusters import told
from tests.cluster.installation import Installation
from tests.cluster.world import ByIngress
from tools.demo.walk import walk

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]


async def test_somebody_registers_buys_pro_and_the_feed_says_so(installation: Installation) -> None:
    async def step(name: str, seconds: float) -> None:
        told(f"{name}: {seconds * 1000:.0f} ms")

    await walk(installation.addresses, after_step=step, transport=ByIngress())
