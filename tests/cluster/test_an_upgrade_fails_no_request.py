"""Two of each service are replaced one by one while people ask all the time, each request once: none fails."""

import asyncio
import dataclasses
import secrets
from collections.abc import Iterator

import pytest

from tests.cluster.clusters import told
from tests.cluster.containers import containers
from tests.cluster.installation import NAMESPACE, Installation, people
from tests.cluster.requests import ASKED, load_on
from tests.local.platforms import eventually
from tools.database.services import services
from tools.demo.walk import Walk
from tools.deploy.releases import Plan, deploy

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

A_SECOND = 15
READY_WITHIN = 120
ENDED_WITHIN = 60.0
LEAST = 300  # requests; fewer would prove little


def pods(installation: Installation) -> set[str]:
    chosen = (f"--namespace={NAMESPACE}", "--selector=app.kubernetes.io/component=service")
    return {one.pod for one in containers(installation.cluster, *chosen)}


async def token_of(installation: Installation) -> dict[str, str]:
    """The headers of somebody who is signed in."""
    async with people() as client:
        way = Walk(installation.addresses, client, dataclasses.replace(installation.learner))
        await way.sign_in()
        return way.learner.headers


async def gone(installation: Installation, before: set[str]) -> None:
    """Wait until none of these pods is left: Helm does not wait for those that end."""

    async def none_is_left() -> bool:
        return not before & await asyncio.to_thread(pods, installation)

    await eventually(none_is_left, within=ENDED_WITHIN)


def scale(installation: Installation, replicas: int) -> None:
    """So many pods of each service, all ready."""
    cluster, here = installation.cluster, f"--namespace={NAMESPACE}"
    deployments = [f"deployment/{name}" for name in services()]
    cluster.kubectl("scale", *deployments, f"--replicas={replicas}", here)
    for deployment in deployments:
        cluster.kubectl("rollout", "status", deployment, here, f"--timeout={READY_WITHIN}s", within=READY_WITHIN + 10)


@pytest.fixture
def doubled(installation: Installation) -> Iterator[Installation]:
    """The platform with two pods of each service."""
    scale(installation, 2)
    yield installation
    scale(installation, 1)


async def test_a_rolling_upgrade_of_everything_fails_no_request(doubled: Installation) -> None:
    before = pods(doubled)
    assert len(before) == 2 * len(services())
    async with load_on(doubled.addresses, await token_of(doubled), a_second=A_SECOND) as load:
        for name, values in doubled.plan.services.items():
            # As docs/install.md does it: one release after the other.
            upgraded = {**values, "replicas": 2, "podAnnotations": {"codezest.dev/round": secrets.token_hex(4)}}
            await deploy(Plan(platform=None, services={name: upgraded}), doubled.target, say=told)
        await gone(doubled, before)
    told(f"{load.answered.total()} requests, the slowest {load.slowest:.2f} s, {len(load.failed)} failed")
    assert load.failed == [], "\n".join(load.failed[:20])
    assert min(load.answered[path] for _, path in ASKED) > LEAST / len(ASKED)
