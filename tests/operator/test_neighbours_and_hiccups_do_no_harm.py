"""What other CodeZests, the API server's moods and people's own helms must not bring about."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from codezest_operator.data.kinds import CODEZEST
from codezest_operator.data.objects import Objects
from codezest_operator.domain.drift import Drift
from codezest_operator.domain.ports import HelmFailed, Key, LeaderLost
from codezest_operator.domain.reconciling import reconcile
from codezest_operator.domain.releases import Desired
from codezest_operator.domain.subject import FINALIZER
from tests.operator.fakes import KEY, Memory, arrive
from tests.operator.samples import CATALOGUE

OTHER = Key(namespace="school", name="other")
DRIFT = Drift(kind="Deployment", name="redis", paths=("/spec/replicas",))


def beside(memory: Memory, *, created: str, **metadata: Any) -> None:
    """Another CodeZest in the namespace."""
    told = {"name": OTHER.name, "namespace": OTHER.namespace, "generation": 1, "creationTimestamp": created, **metadata}
    spec = {"version": "1.0.0", "ingress": {"url": "http://other.localhost"}}
    memory.documents[OTHER] = {"metadata": told, "spec": spec}


async def test_deleting_the_younger_of_two_leaves_the_platform_alone() -> None:
    memory = Memory({})
    await arrive(memory)
    beside(memory, created="2026-03-01T10:00:00Z")
    memory.delete()  # ours, which is the younger one now
    memory.calls.clear()
    await arrive(memory)
    assert KEY not in memory.documents
    assert [call for call in memory.calls if call.startswith("uninstall")] == []
    assert all(memory.history.values())


async def test_the_younger_waits_until_the_older_is_gone_for_good() -> None:
    memory = Memory({})
    going = {"deletionTimestamp": "2026-03-01T12:00:00Z", "finalizers": [FINALIZER]}
    beside(memory, created="2026-03-01T10:00:00Z", **going)
    await arrive(memory)
    assert memory.history == {}
    assert "finalizers" not in memory.documents[KEY]["metadata"], "who has nothing here can go at once"
    del memory.documents[OTHER]["metadata"]["finalizers"]
    await arrive(memory)
    assert set(memory.history) == {"platform", "auth", "learning"}


async def test_drift_that_cannot_be_put_back_is_said_and_tried_again_and_nothing_is_rolled_back() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.calls.clear()
    memory.drifted["platform"], memory.refusing = DRIFT, True
    for _ in range(6):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside, full=True))
    ready = memory.condition("Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("True", "Drifted")
    assert "could not be put back (the API server refuses Deployment/redis: ServiceUnavailable)" in ready["message"]
    assert not [call for call in memory.calls if call.startswith(("rollback", "upgrade"))]
    assert 1 < memory.calls.count("correct failed") < 5, "neither once nor in a hot loop"
    assert memory.calls.count("event Progressing") == 1, "the first time"
    memory.refusing = False
    await arrive(memory, full=True)
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["reason"] == "Succeeded"


async def test_a_hiccup_in_one_release_does_not_cut_off_anothers_helm(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory({})
    await arrive(memory)
    memory.edit(ingress={"url": "http://new.localhost"})
    await reconcile(KEY, CATALOGUE, memory.outside)  # the platform
    finished: list[str] = []

    async def upgrade(namespace: str, wanted: Desired, *, revision: int, seconds: float) -> None:
        if wanted.name == "auth":
            raise HelmFailed("no")
        await asyncio.sleep(0.05)
        finished.append(wanted.name)

    async def stuck(namespace: str, release: str, jobs_since: datetime | None) -> str:
        raise ConnectionError("the API server does not answer")

    monkeypatch.setattr(memory, "upgrade", upgrade)
    monkeypatch.setattr(memory, "stuck", stuck)
    with pytest.RaisesGroup(ConnectionError):
        await arrive(memory)
    assert finished == ["learning"]


async def test_what_is_wrong_for_long_is_looked_at_ever_more_rarely() -> None:
    memory = Memory({})
    memory.answering = False
    pauses: list[timedelta] = []
    for _ in range(80):
        pause = await reconcile(KEY, CATALOGUE, memory.outside)
        assert pause is not None
        pauses.append(pause)
        memory.later(pause)
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["reason"] == "UrlDoesNotAnswer"
    assert pauses[-1] == timedelta(seconds=20)
    assert timedelta(seconds=2) in pauses


async def test_a_reset_behind_an_obstacle_is_still_to_be_done() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.edit(version="2.0.0")
    memory.documents[KEY]["metadata"]["annotations"] = {"codezest.dev/reset": "7"}
    await arrive(memory)
    assert memory.status["lastHandledReset"] == ""
    assert [row["state"] for row in memory.status["releases"]] == ["InSync"] * 3, "nothing is forgotten"
    memory.edit(version="1.0.0")
    await arrive(memory)
    assert memory.status["lastHandledReset"] == "7"


async def test_a_spec_that_cannot_be_read_forgets_nothing_and_can_be_deleted() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.edit(interval="soon")
    await arrive(memory)
    assert len(memory.status["releases"]) == 3
    memory.delete()
    await arrive(memory)
    assert KEY not in memory.documents
    assert not any(memory.history.values())


async def test_the_url_is_asked_of_a_service_that_has_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory({"services": {"auth": {"replicas": 0}}})
    asked: set[str] = set()

    async def answers(url: str, *, by: str) -> bool:
        asked.add(url)
        return True

    monkeypatch.setattr(memory, "answers", answers)
    await arrive(memory)
    assert asked == {"http://codezest.localhost/api/learning/openapi.json"}


async def test_who_does_not_lead_changes_nothing() -> None:
    nobody: Any = None  # nothing is to be asked
    objects, document = Objects(nobody, may_write=lambda: False), {"metadata": {"name": "school"}}
    for change in (
        objects.create(CODEZEST, document, "school"),
        objects.replace(CODEZEST, document, "school"),
        objects.merge(CODEZEST, "school", document, "school"),
        objects.apply(CODEZEST, document, "school", manager="test"),
    ):
        with pytest.raises(LeaderLost):
            await change
