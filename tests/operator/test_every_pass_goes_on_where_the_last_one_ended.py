"""The reconcile over a cluster in memory: it arrives, it rests, and it goes on after a death at any step."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codezest_operator.domain.drift import Drift
from codezest_operator.domain.ports import Document
from codezest_operator.domain.reconciling import reconcile
from codezest_operator.domain.spec import SecretKey
from codezest_operator.domain.workloads import JOB_NAME
from tests.operator.fakes import INSTANCE, KEY, Memory, arrive
from tests.operator.samples import CATALOGUE, wanted

NEW = {"ingress": {"url": "http://new.localhost"}}


async def test_the_platform_is_installed_then_the_services_and_then_it_is_ready() -> None:
    memory = Memory({})
    await arrive(memory)
    ready = memory.condition("Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("True", "Succeeded")
    assert memory.condition("Reconciling") is None
    order = [call for call in memory.calls if call.startswith("upgrade") and "done" in call and "succeeded" not in call]
    assert order[0] == "upgrade platform done"
    assert sorted(order[1:]) == ["upgrade auth done", "upgrade learning done"]
    assert [row["state"] for row in memory.status["releases"]] == ["InSync"] * 3
    assert memory.status["plan"] == []


async def test_a_look_without_change_writes_nothing_and_runs_no_helm() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.calls.clear()
    for _ in range(3):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside, full=True))
    assert memory.calls == []


async def test_a_change_upgrades_what_it_concerns_alone() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.calls.clear()
    memory.edit(services={"auth": {"replicas": 2}})
    await arrive(memory)
    assert {call for call in memory.calls if "done" in call} == {"upgrade auth done"}
    assert memory.status["observedGeneration"] == 2


async def test_while_suspended_nothing_is_changed_but_the_plan_is_shown() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.edit(suspend=True, **NEW)
    memory.calls.clear()
    await arrive(memory)
    assert set(memory.calls) <= {"status", "event Suspended"}
    entries = {entry["release"]: entry for entry in memory.status["plan"]}
    assert entries["platform"]["action"] == "upgrade"
    assert entries["platform"]["changes"] == ["global.publicUrl"]
    memory.edit(suspend=False)
    await arrive(memory)
    assert memory.status["url"] == "http://new.localhost"
    assert memory.status["plan"] == []


async def test_a_failing_upgrade_ends_stalled_with_what_worked_and_heals_by_new_input() -> None:
    memory = Memory({})
    await arrive(memory)
    worked = memory.history["auth"][-1].observed.digest
    memory.edit(services={"auth": {"image": {"tag": "bad"}}})
    await reconcile(KEY, CATALOGUE, memory.outside)
    memory.ill.add(memory.history["auth"][-1].observed.digest)
    await arrive(memory, passes=2000)
    assert memory.history["auth"][-1].observed.digest == worked
    stalled = memory.condition("Stalled")
    assert stalled is not None
    assert stalled["reason"] == "RetriesExceeded"
    assert "0 of 1 pods of auth are available" in stalled["message"]
    assert len([call for call in memory.calls if call == "rollback auth done"]) == 2
    memory.edit(services={"auth": {"image": {"tag": "good"}}})
    await arrive(memory)
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["status"] == "True"


async def test_only_jobs_of_the_revision_that_failed_are_quoted() -> None:
    memory = Memory({})
    memory.hindered = {wanted()["auth"].digest}
    memory.pods = [migration(memory.now - timedelta(hours=1), "of long ago")]
    for _ in range(6):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert "of long ago" not in str(memory.status)
    assert "timed out" in str(memory.status)
    memory.pods.append(migration(memory.now + timedelta(days=1), "the database is full"))
    memory.now += timedelta(minutes=30)
    for _ in range(3):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert "the database is full; timed out" in str(memory.status)


async def test_a_helm_that_made_no_revision_is_not_explained_by_earlier_jobs() -> None:
    memory = Memory({})
    memory.hindered = {wanted()["auth"].digest}
    memory.pods = [migration(memory.now + timedelta(days=1), "the database is full")]
    for _ in range(6):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert "the database is full" in str(memory.status)
    memory.broken = memory.hindered
    memory.edit(interval="11m")  # nothing that auth is made of
    memory.now += timedelta(minutes=30)
    for _ in range(3):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert "values do not fit" in str(memory.status)
    assert "the database is full" not in str(memory.status)


def migration(at: datetime, words: str) -> Document:
    """A pod of auth's Job that failed."""
    labels = {INSTANCE: "auth", JOB_NAME: "auth-migration"}
    ended = {"state": {"terminated": {"exitCode": 1, "message": words}}}
    metadata = {"name": "auth-migration-1", "labels": labels, "creationTimestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return {"metadata": metadata, "status": {"phase": "Failed", "containerStatuses": [ended]}}


async def test_a_reset_gives_a_stalled_release_new_tries() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.edit(services={"auth": {"image": {"tag": "late"}}})
    await reconcile(KEY, CATALOGUE, memory.outside)
    memory.ill.add(memory.history["auth"][-1].observed.digest)
    await arrive(memory, passes=2000)
    memory.ill.clear()
    memory.documents[KEY]["metadata"]["annotations"] = {"codezest.dev/reset": "1"}
    await arrive(memory)
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["status"] == "True"


async def test_what_helm_refuses_is_told_and_tried_ever_more_rarely() -> None:
    memory = Memory({})
    memory.broken = {wanted()["platform"].digest}
    for _ in range(12):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    failures = [call for call in memory.calls if call == "install failed"]
    assert 2 <= len(failures) <= 6
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["reason"] == "Retrying"
    assert "values do not fit" in ready["message"]


async def test_of_what_fails_alike_one_is_told_in_full_and_the_others_are_named() -> None:
    memory = Memory({})
    memory.broken = {wanted()[name].digest for name in ("auth", "learning")}
    for _ in range(12):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["message"].count("values do not fit") == 1
    assert "learning failed, too: see status.releases" in ready["message"]


@pytest.mark.parametrize(
    ("spec", "reason", "word"),
    [
        ({"version": "9.9.9"}, "UnknownVersion", "Set spec.version to 1.0.0"),
        ({"services": {"autth": {}}}, "UnknownService", "auth, learning"),
        (
            {"email": {"host": "mail", "passwordSecret": {"name": "mail", "key": "pw"}}},
            "SecretMissing",
            "Secret mail (key pw)",
        ),
        (
            {"database": {"mode": "external", "external": {"host": "db", "caSecretName": "authorities"}}},
            "SecretMissing",
            "Secret authorities. Make it",
        ),
        ({"interval": "soon"}, "InvalidSpec", "write 90s, 5m or 1h30m"),
    ],
)
async def test_wrong_input_is_said_touches_nothing_and_heals(spec: dict[str, object], reason: str, word: str) -> None:
    memory = Memory(spec)
    await arrive(memory)
    stalled = memory.condition("Stalled")
    assert stalled is not None
    assert stalled["reason"] == reason
    assert word in stalled["message"]
    assert memory.history == {}
    memory.calls.clear()
    await arrive(memory)
    assert memory.calls == [], "no hot loop of writes"
    memory.documents[KEY]["spec"] = {"version": "1.0.0"}
    memory.edit()
    await arrive(memory)
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["status"] == "True"


async def test_a_secret_that_is_missing_heals_when_it_comes_and_rolls_when_it_changes() -> None:
    memory = Memory({"email": {"host": "mail", "passwordSecret": {"name": "mail", "key": "pw"}}})
    await arrive(memory)
    memory.secrets[SecretKey(name="mail", key="pw")] = "7"
    await arrive(memory)
    assert memory.history["platform"]
    memory.calls.clear()
    memory.secrets[SecretKey(name="mail", key="pw")] = "8"
    await arrive(memory)
    assert {call for call in memory.calls if "done" in call} == {
        f"upgrade {one} done" for one in ("platform", "auth", "learning")
    }


async def test_the_younger_of_two_in_a_namespace_or_on_a_host_waits() -> None:
    for namespace, reason in (("school", "NamespaceTaken"), ("elsewhere", "HostTaken")):
        memory = Memory({})
        older = {"name": "first", "namespace": namespace, "creationTimestamp": "2026-03-01T10:00:00Z"}
        key = type(KEY)(namespace=namespace, name="first")
        memory.documents[key] = {"metadata": older, "spec": {"version": "1.0.0"}}
        await arrive(memory)
        stalled = memory.condition("Stalled")
        assert stalled is not None
        assert stalled["reason"] == reason
        del memory.documents[key]
        await arrive(memory)
        assert memory.condition("Stalled") is None


async def test_drift_is_corrected_or_reported() -> None:
    for mode, calls, reason in (
        ("enabled", ["correct platform"], "Succeeded"),
        ("warn", [], "Drifted"),
        ("disabled", [], "Succeeded"),
    ):
        memory = Memory({"driftDetection": {"mode": mode}})
        await arrive(memory)
        memory.drifted["platform"] = Drift(kind="Deployment", name="redis", paths=("/spec/replicas",))
        await arrive(memory, full=True)
        assert [call for call in memory.calls if call.startswith("correct ") and "succeeded" not in call] == calls
        ready = memory.condition("Ready")
        assert ready is not None
        assert (ready["status"], ready["reason"]) == ("True", reason)


async def test_a_deletion_uninstalls_the_platform_last_or_leaves_all_running() -> None:
    memory = Memory({})
    await arrive(memory)
    memory.calls.clear()
    memory.delete()
    await arrive(memory)
    gone = [call for call in memory.calls if call.startswith("uninstall") and "succeeded" not in call]
    assert sorted(gone[:2]) == ["uninstall auth", "uninstall learning"]
    assert gone[2:] == ["uninstall platform"]
    assert KEY not in memory.documents
    memory = Memory({"deletionPolicy": "Orphan"})
    await arrive(memory)
    memory.delete()
    await arrive(memory)
    assert KEY not in memory.documents
    assert all(memory.history.values())


@pytest.mark.thorough
@settings(max_examples=100, deadline=None)
@given(st.integers(1, 30), st.sampled_from(["install", "upgrade", "rollback", "delete"]))
async def test_after_a_death_at_any_step_another_replica_finishes(deadly: int, during: str) -> None:
    memory = Memory({})
    if during != "install":
        await arrive(memory)
    memory.deadly = deadly
    if during == "upgrade":
        memory.edit(**NEW)
    if during == "rollback":
        memory.edit(services={"auth": {"image": {"tag": "bad"}}})
        memory.ill = {wanted(services={"auth": {"image": {"tag": "bad"}}})["auth"].digest}
    if during == "delete":
        memory.delete()
    await arrive(memory, passes=3000)
    memory.deadly = None
    await arrive(memory, passes=3000)
    if during == "delete":
        assert KEY not in memory.documents
        assert not any(memory.history.values())
        return
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["status"] == ("False" if during == "rollback" else "True")
    for revisions in memory.history.values():
        assert not revisions[-1].observed.status.is_pending
        assert revisions[-1].observed.digest not in memory.ill
