"""Changes of a running platform: only the releases concerned move, people notice nothing, and what goes wrong goes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from codezest_operator.domain.values import merged
from tests.cluster.clusters import told
from tests.cluster.installation import people
from tests.cluster.requests import load_on
from tests.operator.chart import SYSTEM
from tests.operator.on_a_cluster.control import Control, Document, eventually, school
from tools.database.services import services
from tools.demo.walk import Learner, Walk

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

NEXT = "0.2.0"
A_SECOND = 10
LEAST = 100  # requests; fewer would prove little
GIVEN_UP_WITHIN = 120
CORRECTED_WITHIN = 60
TWO = {name: {"replicas": 2} for name in services()}


def with_two(control: Control, space: str, own: dict[str, Any] | None = None, **spec: Any) -> Document:
    """The platform with two pods of each service, and what else services are told."""
    return school(control, space, services=merged(TWO, own or {}), **spec)


@pytest.fixture
def doubled(control: Control, space: str) -> str:
    """The namespace of a platform with two pods of each service."""
    control.apply(with_two(control, space))
    control.wait_until_ready(space)
    return space


@asynccontextmanager
async def nobody_is_refused(control: Control) -> AsyncIterator[None]:
    """People ask all the time, each request once; none fails while the block lasts."""
    async with people() as client:
        way = Walk(control.addresses, client, Learner.somebody_new())
        for step in (way.register, way.read_welcome_mail, way.verify, way.sign_in):
            await step()
    async with load_on(control.addresses, way.learner.headers, a_second=A_SECOND) as load:
        yield
    told(f"{load.answered.total()} requests, the slowest {load.slowest:.2f} s, {len(load.failed)} failed")
    assert load.failed == [], "\n".join(load.failed[:20])
    assert load.answered.total() > LEAST


async def test_env_and_image_of_a_service_move_its_release_alone(control: Control, doubled: str) -> None:
    before, pods = control.revisions(doubled), control.pods(doubled)
    own = {"learning": {"env": {"CODEZEST_REQUEST_SECONDS": "20"}}, "activity": {"image": {"tag": "other"}}}
    control.push_as("activity", "other")
    async with nobody_is_refused(control):
        control.apply(with_two(control, doubled, own))
        await asyncio.to_thread(control.wait_until_ready, doubled)
    moved = {name for name, revision in control.revisions(doubled).items() if revision != before[name]}
    assert moved == {"learning", "activity"}
    ended = pods - control.pods(doubled)
    assert {pod.split("-")[0] for pod in ended} == {"learning", "activity"}


async def test_an_image_that_never_comes_goes_back_while_people_learn(control: Control, doubled: str) -> None:
    before = control.revisions(doubled)
    own = {"learning": {"image": {"tag": "never-made"}}}
    policy = {"remediation": {"retries": 0, "strategy": "rollback"}}
    async with nobody_is_refused(control):
        control.apply(with_two(control, doubled, own, timeout="20s", upgrade=policy))
        stalled = await asyncio.to_thread(
            eventually, lambda: control.condition(doubled, "Stalled"), "given up", within=GIVEN_UP_WITHIN
        )
    assert stalled["reason"] == "RetriesExceeded"
    assert "never-made" in stalled["message"] or "ImagePullBackOff" in stalled["message"]
    after = control.revisions(doubled)
    assert after == {**before, "learning": before["learning"] + 2}, "the upgrade and the way back, of learning alone"
    deployment = control.cluster.get("deployment", "learning", f"--namespace={doubled}")
    assert deployment["status"]["availableReplicas"] == 2
    control.apply(with_two(control, doubled))
    control.wait_until_ready(doubled)


@pytest.mark.deep
async def test_a_new_version_comes_with_its_operator_while_people_learn(
    control: Control, doubled: str, tmp_path: Path
) -> None:
    control.make_version(NEXT, tmp_path)
    before, pods = control.revisions(doubled), control.pods(doubled)
    document = with_two(control, doubled)
    try:
        async with nobody_is_refused(control):
            control.install(image={"tag": NEXT})
            await asyncio.to_thread(
                eventually, lambda: control.condition(doubled, "Stalled"), "not its version", within=CORRECTED_WITHIN
            )
            assert control.condition(doubled, "Ready")["reason"] == "UnknownVersion"
            assert (control.revisions(doubled), control.pods(doubled)) == (before, pods), "what runs is left as it is"
            control.apply({**document, "spec": {**document["spec"], "version": NEXT}})
            await asyncio.to_thread(control.wait_until_ready, doubled)
        assert control.revisions(doubled) == {name: revision + 1 for name, revision in before.items()}
        words = ("deployments", f"--namespace={doubled}", "--selector=app.kubernetes.io/component=service")
        for one in control.cluster.get(*words)["items"]:
            assert one["spec"]["template"]["spec"]["containers"][0]["image"].endswith(f":{NEXT}")
        timeouts = control.cluster.get("resiliency", "resiliency", f"--namespace={doubled}")["spec"]["policies"][
            "timeouts"
        ]
        assert timeouts["invocation"] == "6s", "what sidecars read was another, too"
    finally:
        control.install()
        control.apply(document)
        control.wait_until_ready(doubled)


async def test_what_hands_have_changed_is_taken_back(control: Control, space: str) -> None:
    control.apply(school(control, space, interval="10s"))
    control.wait_until_ready(space)
    before, here = control.revisions(space), f"--namespace={space}"
    control.cluster.kubectl("delete", "deployment/auth", "secret/learning-roles", "component/state", here)
    control.cluster.kubectl("scale", "deployment/activity", "--replicas=3", here)
    forgetful = json.dumps({"spec": {"revisionHistoryLimit": 1}})
    control.cluster.kubectl("patch", "deployment/payments", "--type=merge", f"--patch={forgetful}", here)

    def as_wanted() -> bool:
        words = ("deployments", here, "--selector=app.kubernetes.io/component=service")
        found = {one["metadata"]["name"]: one for one in control.cluster.get(*words)["items"]}
        if found.keys() != set(services()):
            return False
        forgets = found["payments"]["spec"]["revisionHistoryLimit"] == 1
        return not forgets and found["activity"]["spec"]["replicas"] == 1

    eventually(as_wanted, "everything is as it was", within=CORRECTED_WITHIN)
    control.cluster.get("secret", "learning-roles", here)
    control.cluster.get("components.dapr.io", "state", here)
    control.wait_until_ready(space)
    assert control.revisions(space) == before, "helm did not run"


def test_another_operator_leaves_a_healthy_platform_alone(control: Control, space: str) -> None:
    before, pods, own = control.revisions(space), control.pods(space), control.pods(SYSTEM)
    control.install(concurrency={"helms": 3})
    leader = eventually(lambda: control.leads_now(own), "one of the new pods leads", within=CORRECTED_WITHIN)
    control.look_again(space)
    assert control.revisions(space) == before
    assert control.pods(space) == pods
    told(f"{leader} leads, and no pod of the platform was replaced")
    control.install()


def test_while_suspended_hands_are_left_alone(control: Control, space: str) -> None:
    here = f"--namespace={space}"
    control.apply(school(control, space, suspend=True, services={"auth": {"replicas": 2}}))
    eventually(lambda: control.condition(space, "Ready").get("reason") == "Suspended", "suspended", within=30)
    control.cluster.kubectl("scale", "deployment/activity", "--replicas=2", here)
    control.look_again(space)
    planned = {one["release"]: one for one in control.status(space)["plan"]}
    assert planned.keys() == {"auth", "activity"}
    assert (planned["auth"]["action"], planned["auth"]["changes"]) == ("upgrade", ["replicas"])
    assert (planned["activity"]["action"], planned["activity"]["reason"]) == (
        "correct",
        "Deployment/activity differs at /spec/replicas",
    )
    assert control.cluster.get("deployment", "activity", here)["spec"]["replicas"] == 2
    control.apply(school(control, space))
    control.wait_until_ready(space)
    control.look_again(space)
    assert control.cluster.get("deployment", "activity", here)["spec"]["replicas"] == 1
