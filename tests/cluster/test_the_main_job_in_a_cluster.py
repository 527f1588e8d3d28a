"""The whole platform by its charts on a real Kubernetes, and the main job through its ingress."""

import pytest

from tests.cluster.clusters import Cluster, told
from tests.cluster.world import CHANGES, ByIngress, make_world
from tools.demo.walk import Addresses, walk
from tools.deploy.__main__ import plan, push
from tools.deploy.releases import Plan, Target, deploy

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]

NAMESPACE = "codezest"
ALL_TRACES = {"traces": {"ratio": 1.0}}
SERVICES = {"auth", "learning", "payments", "notifications", "activity"}


@pytest.fixture(scope="module")
async def platform(cluster: Cluster) -> Addresses:
    """Everything installed, with the world around it; where a person meets it."""
    url = f"http://codezest.localhost:{cluster.ports.ingress}"
    images = push(cluster.registry, with_trials=True)
    whole = plan(images, url, CHANGES)
    for values in whole.services.values():
        values["global"] = {**values["global"], **ALL_TRACES}  # type: ignore[index]  # a dict of ours
    target = Target(kubeconfig=cluster.home.kubeconfig, namespace=NAMESPACE)
    await deploy(Plan(platform=whole.platform), target, say=told)
    make_world(cluster, images["trials"], platform=NAMESPACE)
    await deploy(whole, target, say=told)
    return Addresses(gateway=url, mail=f"http://mail.localhost:{cluster.ports.ingress}")


async def test_somebody_registers_buys_pro_and_the_feed_says_so(platform: Addresses) -> None:
    async def step(name: str, seconds: float) -> None:
        told(f"{name}: {seconds * 1000:.0f} ms")

    await walk(platform, after_step=step, transport=ByIngress())
