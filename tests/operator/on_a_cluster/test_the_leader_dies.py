"""kill -9 of the replica that leads, in the middle of each operation: nothing is lost, and all is finished soon.

Whoever is faster does that: the same pod's new container, or the other replica. Where the leader hangs it can only be the other.
"""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psutil
import pytest

from tests.cluster.clusters import told
from tests.operator.chart import SYSTEM
from tests.operator.on_a_cluster.control import Control, Document, eventually, make_room, school
from tools.database.services import services

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

SEED = 7
SPACE, HOST = "mortal", "mortal.localhost"
BEGUN_WITHIN = 90
FINISHED_WITHIN = 30.0  # what was begun; all that follows it takes as long as it takes
GONE_WITHIN = 120
RELEASES = ("platform", *services())
RANDOM = random.Random(SEED)  # noqa: S311 - not for secrets


def moments(*releases: str) -> list[object]:
    """At each of these releases; `make test-cluster` takes one of them, which the seed chooses."""
    chosen = RANDOM.choice(releases)
    return [pytest.param(name, marks=() if name == chosen else (pytest.mark.deep,)) for name in releases]


def asked(control: Control, **spec: object) -> Document:
    return school(control, SPACE, HOST, **spec)


@pytest.fixture(scope="module")
def undisturbed(control: Control, first_ready: float) -> float:
    """What installing everything takes while nobody dies (seconds): the first time, with images to fetch."""
    make_room(control, SPACE)
    return first_ready


def remove(control: Control) -> None:
    """Away with the platform, if there is one: a test before this one may have failed in its middle."""
    words = ("delete", "codezest/school", f"--namespace={SPACE}", "--ignore-not-found", f"--timeout={GONE_WITHIN}s")
    control.cluster.kubectl(*words, within=130)


def rested(control: Control) -> None:
    """Two replicas that have not died yet: Kubernetes lets one that dies again and again wait ever longer."""
    here, chosen = f"--namespace={SYSTEM}", "--selector=app.kubernetes.io/name=codezest-operator"
    control.cluster.kubectl("delete", "pods", here, chosen, "--timeout=60s", within=70)
    control.cluster.kubectl("rollout", "status", "deployment/codezest-operator", here, "--timeout=60s", within=70)
    present = {one["metadata"]["name"] for one in control.cluster.get("pods", here, chosen)["items"]}
    eventually(lambda: control.leads_now(set()) in present, "one of them leads", within=BEGUN_WITHIN)


@dataclass(frozen=True, kw_only=True)
class Death:
    """When, by the monotonic clock, and whose."""

    at: float
    pod: str
    process: psutil.Process


def struck(
    control: Control, release: str, mark: str, begin: Callable[[], object], *, by: signal.Signals = signal.SIGKILL
) -> Death:
    """Begin something, and strike the leader when helm is at that release."""
    rested(control)
    with control.watched(SPACE) as marks:
        begin()
        eventually(lambda: f"{release} {mark}" in marks, f"{release} is {mark}", within=BEGUN_WITHIN)
        leader = control.leader()
        leader.process.send_signal(by)
        death = Death(at=time.monotonic(), pod=leader.pod, process=leader.process)
    told(f"{leader.pod} got {by.name} while {release} was {mark}")
    return death


def the_leader_dies(control: Control, release: str, mark: str, begin: Callable[[], object]) -> Death:
    """Kill the leader in the middle of a release, and see that finished."""
    death = struck(control, release, mark, begin)
    ended = {None} if mark == "uninstalling" else {"deployed"}
    eventually(lambda: control.marks(SPACE).get(release) in ended, f"{release} is finished", within=FINISHED_WITHIN)
    heir = control.leads_now({death.pod}) or "the same pod"
    told(f"{release} is finished {time.monotonic() - death.at:.1f} s after that, by {heir}")
    return death


def finished(control: Control, death: Death, undisturbed: float) -> None:
    """Ready again, and every release as it is asked for."""
    control.wait_until_ready(SPACE)
    took = time.monotonic() - death.at
    told(f"finished {took:.1f} s after the death, where all of it takes {undisturbed:.1f} s")
    assert took < FINISHED_WITHIN + undisturbed
    assert set(control.marks(SPACE).values()) == {"deployed"}
    assert set(control.revisions(SPACE)) == set(RELEASES)


@pytest.mark.parametrize("release", moments(*RELEASES))
def test_of_an_installation(control: Control, undisturbed: float, release: str) -> None:
    remove(control)
    death = the_leader_dies(control, release, "pending-install", lambda: control.apply(asked(control)))
    finished(control, death, undisturbed)


@pytest.mark.deep
def test_what_hangs_is_finished_by_the_other_and_does_no_harm_when_it_wakes(
    control: Control, undisturbed: float
) -> None:
    remove(control)
    death = struck(control, "platform", "pending-install", partial(control.apply, asked(control)), by=signal.SIGSTOP)
    try:
        # helm may end within the 10 s for which it is left without a leader; the services are the other's in any case.
        heir = eventually(lambda: control.leads_now({death.pod}), "the other leads", within=FINISHED_WITHIN)
        left = death.at + FINISHED_WITHIN - time.monotonic()
        eventually(lambda: control.revisions(SPACE).keys() - {"platform"}, "a service is begun", within=left)
        told(f"{heir} goes on {time.monotonic() - death.at:.1f} s after that")
    finally:  # in the middle of the other's work, and before Kubernetes ends what does not answer
        death.process.send_signal(signal.SIGCONT)
    death.process.wait(timeout=FINISHED_WITHIN)
    here = (death.pod, f"--namespace={SYSTEM}")

    def again() -> int:
        return int(control.cluster.get("pod", *here)["status"]["containerStatuses"][0]["restartCount"])

    eventually(again, "its container is made anew", within=FINISHED_WITHIN)
    assert "The Lease is lost" in control.cluster.kubectl("logs", *here, "--previous", "--tail=20")
    finished(control, death, undisturbed)
    revisions = control.revisions(SPACE)
    control.look_again(SPACE)
    assert control.revisions(SPACE) == revisions
    assert set(control.marks(SPACE).values()) == {"deployed"}


@pytest.mark.parametrize("release", moments(*services()))
def test_of_an_upgrade(control: Control, undisturbed: float, release: str) -> None:
    control.apply(asked(control))
    control.wait_until_ready(SPACE)
    before = control.revisions(SPACE)
    env = {"CODEZEST_REQUEST_SECONDS": "25"}
    change = asked(control, services={name: {"env": env} for name in services()})
    death = the_leader_dies(control, release, "pending-upgrade", lambda: control.apply(change))
    finished(control, death, undisturbed)
    assert control.revisions(SPACE)["platform"] == before["platform"]
    for name in services():
        settings = control.cluster.get("configmap", f"{name}-settings", f"--namespace={SPACE}")
        assert settings["data"]["CODEZEST_REQUEST_SECONDS"] == "25"


@pytest.mark.parametrize("release", moments(*services()))
def test_of_the_way_back(control: Control, undisturbed: float, release: str) -> None:
    control.apply(asked(control))
    control.wait_until_ready(SPACE)
    policy = {"remediation": {"retries": 0, "strategy": "rollback"}}
    bad = {release: {"image": {"tag": "never-made"}}}
    change = asked(control, timeout="15s", upgrade=policy, services=bad)
    the_leader_dies(control, release, "pending-rollback", lambda: control.apply(change))
    eventually(lambda: control.condition(SPACE, "Stalled"), "given up", within=BEGUN_WITHIN)
    assert control.marks(SPACE)[release] == "deployed"
    here = (release, f"--namespace={SPACE}")
    assert "never-made" not in str(control.cluster.get("deployment", *here)["spec"]), "what worked runs on"


@pytest.mark.parametrize("release", moments(*RELEASES))
def test_of_a_deletion(control: Control, undisturbed: float, release: str) -> None:
    control.apply(asked(control))
    control.wait_until_ready(SPACE)
    here = f"--namespace={SPACE}"
    words = ("delete", "codezest/school", here, "--wait=false")
    the_leader_dies(control, release, "uninstalling", lambda: control.cluster.kubectl(*words))
    control.cluster.kubectl("wait", "--for=delete", "codezest/school", here, f"--timeout={GONE_WITHIN}s", within=130)
    assert control.revisions(SPACE) == {}
    assert control.cluster.get("deployments", here)["items"] == []
