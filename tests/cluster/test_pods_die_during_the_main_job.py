"""A pod of every kind dies while somebody is on the main job and others learn and buy: nothing is lost, nothing happens twice."""

import asyncio
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.cluster.clusters import Cluster, told
from tests.cluster.containers import Container, containers
from tests.cluster.installation import NAMESPACE, Installation
from tests.cluster.machine import family
from tests.cluster.stage import Stage, stage
from tests.fire.checker.findings import KINDS
from tests.fire.load import Load, load_on
from tests.local.platforms import eventually
from tests.processes import lasting
from tools.database.services import services
from tools.local.control import lives

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

# What dies before which step. All but postgres are needed for that step or the next.
DEATHS = {
    "the welcome mail comes": ("auth", "notifications"),
    "sign in": ("redis",),
    "open a checkout": ("payments",),
    "the tier is pro": ("postgres",),
    "Pro content opens": ("learning",),
    'the feed says "Upgraded to Pro"': ("activity",),
}
BACK_WITHIN = 90.0
MORE = 3  # intents that others see through between two deaths


async def test_the_main_job_ends_right_whatever_dies(installation: Installation, tmp_path: Path) -> None:
    assert sorted(name for names in DEATHS.values() for name in names) == sorted([*services(), "redis", "postgres"])
    async with stage(installation, tmp_path / "ledger.jsonl") as scene:
        async with load_on(scene.town, scene.course, learners=3, buyers=2) as load:
            traveller = scene.traveller()
            await traveller.travel({step: partial(die, scene, load, names) for step, names in DEATHS.items()})
            scene.note(traveller.learner)
            await everything_is_back(installation.cluster)
        await scene.settle()
        findings = await scene.judge()
        assert findings.wrong == {kind: [] for kind in KINDS}


async def die(scene: Stage, load: Load, names: tuple[str, ...]) -> None:
    """When all is well and others are at work, kill a pod of each of these at once."""
    cluster = scene.installation.cluster
    await everything_is_back(cluster)
    await load.more(MORE)
    before = [one for one in await asyncio.to_thread(here, cluster) if one.app in names]
    assert {one.app for one in before} == set(names)
    began, sent = time.time(), len(scene.ledger.sent_at)
    await asyncio.to_thread(kill, cluster, before)
    await eventually(partial(is_gone, before), within=BACK_WITHIN)
    told(f"{' and '.join(names)} died after {sent} requests, gone after {time.time() - began:.1f} s")


def here(cluster: Cluster) -> list[Container]:
    return containers(cluster, f"--namespace={NAMESPACE}")


def kill(cluster: Cluster, found: list[Container]) -> None:
    """As by a power cut. A pod with data is not deleted by force: its successor could meet it at its files."""
    pods = sorted({one.pod for one in found if one.app in services()})
    if pods:
        cluster.kubectl(
            "delete", "pod", *pods, f"--namespace={NAMESPACE}", "--grace-period=0", "--force", "--wait=false"
        )
    for container in found:
        lasting(family(container.process), psutil.Process.kill)


async def is_gone(found: list[Container]) -> bool:
    return not any(lives(one.process) for one in found)


async def everything_is_back(cluster: Cluster) -> None:
    """Wait until a pod of everything is ready."""
    names = {name for names in DEATHS.values() for name in names}

    async def is_back() -> bool:
        return names <= await asyncio.to_thread(ready, cluster)

    await eventually(is_back, within=BACK_WITHIN)


def ready(cluster: Cluster) -> set[str]:
    """Whatever has a pod that says it is ready, and whose containers live: what has just died is ready for a moment more."""
    items = cluster.get("pods", f"--namespace={NAMESPACE}")["items"]
    say_so = {
        (pod["metadata"]["name"], one["name"])
        for pod in items
        for one in pod["status"].get("containerStatuses", ())
        if one["ready"]
    }
    alive = here(cluster)
    dead = say_so - {(one.pod, one.name) for one in alive}
    halves = {pod for pod, _ in dead} | {one.pod for one in alive if (one.pod, one.name) not in say_so}
    return {one.app for one in alive if one.pod not in halves}
