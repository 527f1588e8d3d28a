"""Whether pods run, and how objects differ, is told from the objects as the API server keeps them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from codezest_operator.domain.drift import drift
from codezest_operator.domain.spec import Ignore, Target
from codezest_operator.domain.workloads import health, stuck

LABELS = {"app.kubernetes.io/name": "auth"}


def deployment(**status: Any) -> dict[str, Any]:
    good = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    return {
        "kind": "Deployment",
        "metadata": {"name": "auth", "generation": 2},
        "spec": {"replicas": 2, "selector": {"matchLabels": LABELS}},
        "status": {**good, **status},
    }


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"observedGeneration": 1}, "has not been looked at"),
        ({"updatedReplicas": 1}, "1 of 2 pods of auth are of the new revision"),
        ({"replicas": 3}, "1 old pods of auth are still there"),
        ({"availableReplicas": 1}, "1 of 2 pods of auth are available"),
        ({"availableReplicas": 0, "updatedReplicas": 0, "replicas": 0}, "0 of 2 pods"),
        ({"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}, "no progress"),
    ],
)
def test_a_workload_that_is_not_well_says_why(status: dict[str, Any], reason: str) -> None:
    found = health([deployment(**status)])
    assert not found.ready
    assert reason in found.reason
    assert found.doomed == ("conditions" in status)


def test_what_is_well_or_scaled_to_nothing_is_ready() -> None:
    empty = deployment(replicas=0, updatedReplicas=0, availableReplicas=0)
    empty["spec"]["replicas"] = 0
    assert health([deployment(), empty]).ready
    assert health([]).ready


def test_what_is_to_run_and_is_not_there_is_not_well() -> None:
    found = health([deployment()], [("Deployment", "web"), ("StatefulSet", "redis")])
    assert not found.ready
    assert "StatefulSet/redis is gone" in found.reason


def test_a_pod_that_cannot_start_says_what_to_do() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff"}}}
    pod = {"metadata": {"name": "auth-1", "labels": LABELS}, "status": {"containerStatuses": [waiting]}}
    other = {**pod, "metadata": {"name": "web-1", "labels": {}}}
    found = health([deployment(availableReplicas=1)], pods=[other, pod])
    assert "auth-1: ImagePullBackOff" in found.reason
    assert "spec.services.<name>.image" in found.reason


def job_pod(name: str, at: str, phase: str, message: str = "") -> dict[str, Any]:
    ended = {"state": {"terminated": {"exitCode": 1, "message": message}}}
    labels = {"batch.kubernetes.io/job-name": "bootstrap"}
    metadata = {"name": name, "labels": labels, "creationTimestamp": f"2026-11-23T{at}Z"}
    return {"metadata": metadata, "status": {"phase": phase, "containerStatuses": [ended]}}


TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
FIRST = job_pod("bootstrap-1", "10:00:00", "Failed", "the first try")
SECOND = job_pod("bootstrap-2", "10:01:00", "Failed", "db.example.org:5432 did not answer within 30 s.\n")
QUOTED = "pod bootstrap-2 failed: db.example.org:5432 did not answer within 30 s."


def test_a_job_that_failed_is_quoted() -> None:
    assert stuck([SECOND, FIRST], TEN) == QUOTED
    assert stuck([job_pod("bootstrap-1", "10:00:00", "Failed")], TEN).endswith("`kubectl logs bootstrap-1` says why")


@pytest.mark.parametrize("phase", ["Pending", "Running"])
def test_a_job_is_quoted_while_it_tries_again(phase: str) -> None:
    assert stuck([FIRST, SECOND, job_pod("bootstrap-3", "10:02:00", phase)], TEN) == QUOTED


def test_what_a_job_met_before_it_succeeded_is_no_reason() -> None:
    assert stuck([FIRST, SECOND, job_pod("bootstrap-3", "10:02:00", "Succeeded")], TEN) == ""


def test_what_jobs_of_earlier_revisions_met_is_no_reason() -> None:
    assert stuck([FIRST, SECOND], TEN + timedelta(seconds=30)) == QUOTED
    assert stuck([FIRST, SECOND], TEN + timedelta(minutes=2)) == ""
    assert stuck([FIRST, SECOND]) == ""


INSTALLED = {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a/b": "1"}}
LIVE = {**INSTALLED, "metadata": {"name": "settings", "resourceVersion": "7", "managedFields": []}}


def test_what_is_as_installed_has_not_drifted_whatever_the_server_noted() -> None:
    assert drift(INSTALLED, LIVE, {**INSTALLED, "status": {"seen": True}}) is None


def test_what_differs_is_named_by_pointer_and_never_by_value() -> None:
    found = drift(INSTALLED, {**LIVE, "data": {"a/b": "secret"}}, INSTALLED)
    assert str(found) == "ConfigMap/settings differs at /data/a~1b"


def test_what_is_gone_has_drifted() -> None:
    assert str(drift(INSTALLED, None, INSTALLED)) == "ConfigMap/settings is gone"


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        (Ignore(paths=("/data",)), False),
        (Ignore(paths=("/data/a~1b",), target=Target(kind="ConfigMap")), False),
        (Ignore(paths=("/data",), target=Target(kind="Deployment")), True),
        (Ignore(paths=("/dat",)), True),
        (Ignore(target=Target(name="settings")), False),
    ],
)
def test_exceptions_are_made_by_path_and_target(ignore: Ignore, left: bool) -> None:  # noqa: FBT001 - a case of the table
    assert (drift(INSTALLED, {**LIVE, "data": {}}, INSTALLED, [ignore]) is not None) == left


def test_of_a_secret_only_that_it_is_there_counts() -> None:
    secret = {"kind": "Secret", "metadata": {"name": "keys"}, "data": {"a": "MQ=="}}
    assert drift(secret, {**secret, "data": {"a": "Mg=="}}, secret) is None
    assert drift(secret, None, secret) is not None
