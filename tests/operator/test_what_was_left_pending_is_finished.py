"""What a helm left pending is unlocked before anything else and finished; where it cannot be unlocked, that is said."""

import base64
import gzip
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import Status

from codezest_operator.data.objects import Document, Objects
from codezest_operator.data.releases import HelmReleases
from codezest_operator.domain.ports import HelmFailed
from codezest_operator.domain.reconciling import reconcile
from codezest_operator.domain.releases import HelmStatus
from tests.operator.fakes import KEY, Killed, Memory, arrive
from tests.operator.samples import CATALOGUE

CANARY = "canary-of-a-value"


async def left_in_the_middle_of_auth() -> Memory:
    """A cluster whose operator has just died while auth was pending."""
    for step in range(1, 60):
        memory = Memory({}, deadly=step)
        with suppress(Killed, ExceptionGroup):
            while memory.deadly is not None:
                memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
        if "upgrade auth" in memory.calls and "upgrade auth done" not in memory.calls:
            memory.calls.clear()
            return memory
    raise AssertionError("auth was never pending")


async def test_what_another_has_left_is_unlocked_before_anything_else_is_begun() -> None:
    memory = await left_in_the_middle_of_auth()
    memory.edit(services={"learning": {"replicas": 2}})
    await arrive(memory)
    begun = [call for call in memory.calls if call in ("unlock auth", "upgrade auth", "upgrade learning")]
    assert begun == ["unlock auth", "upgrade auth", "upgrade learning"]


async def test_what_cannot_be_unlocked_is_said_and_keeps_no_other_back() -> None:
    memory = await left_in_the_middle_of_auth()
    memory.kept = {"auth"}
    memory.edit(services={"learning": {"replicas": 2}})
    for _ in range(30):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["reason"] == "Retrying"
    assert "could not be unlocked (the API server refuses Secret/auth: Forbidden)" in ready["message"]
    assert "upgrade learning done" in memory.calls
    memory.kept.clear()
    await arrive(memory)
    assert "upgrade auth done" in memory.calls
    ready = memory.condition("Ready")
    assert ready is not None
    assert ready["status"] == "True"


async def test_a_lasting_refusal_is_tried_ever_more_rarely_and_said_once() -> None:
    memory = await left_in_the_middle_of_auth()
    memory.kept = {"auth"}
    end = memory.now + timedelta(hours=1)
    while memory.now < end:
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    tries = memory.calls.count("unlock auth refused")
    assert 8 <= tries <= 12, "after 15, 30, 60, 120, 240, 480 s, then every 10 minutes"
    assert memory.calls.count("event UnlockFailed") == tries
    said = [call for call in memory.calls if call in ("event Retrying", "event Progressing")]
    assert said.count("event Retrying") == 1, said


async def left_in_a_rollback(*, retries: int, rollbacks: int = 1) -> Memory:
    """A cluster whose operator has just died in the first, second, ... rollback of auth, whose pods never come up."""
    memory = Memory({"upgrade": {"remediation": {"retries": retries}}})
    await arrive(memory)
    memory.edit(services={"auth": {"image": {"tag": "bad"}}})
    await reconcile(KEY, CATALOGUE, memory.outside)
    memory.ill.add(memory.history["auth"][-1].observed.digest)
    memory.deadly_after = {"rollback auth": rollbacks}
    with suppress(ExceptionGroup):
        while memory.deadly_after:
            memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert memory.history["auth"][-1].observed.status is HelmStatus.pending_rollback
    memory.calls.clear()
    memory.later(timedelta(seconds=1))
    return memory


@pytest.mark.parametrize("rollbacks", [1, 3])
async def test_a_rollback_that_was_broken_off_is_finished_at_once_and_its_pause_goes_on(rollbacks: int) -> None:
    memory = await left_in_a_rollback(retries=5, rollbacks=rollbacks)
    for _ in range(2):
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    done = [call for call in memory.calls if call.endswith((" auth", "done"))]
    assert done == ["unlock auth", "rollback auth", "rollback auth done"]
    back = memory.now
    while "upgrade auth" not in memory.calls:
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert memory.now - back > timedelta(seconds=10)


async def test_what_failed_before_a_rollback_that_was_broken_off_stays_known() -> None:
    memory = await left_in_a_rollback(retries=0)
    await arrive(memory)
    stalled = memory.condition("Stalled")
    assert stalled is not None
    assert "0 of 1 pods of auth are available" in stalled["message"]


async def test_a_helm_of_somebody_elses_is_only_waited_for() -> None:
    memory = Memory({})
    await arrive(memory)
    newest = memory.history["auth"][-1]
    foreign = replace(newest.observed, revision=2, made_as=1, status=HelmStatus.pending_upgrade, at=memory.now)
    memory.history["auth"].append(replace(newest, observed=foreign))
    memory.calls.clear()
    await reconcile(KEY, CATALOGUE, memory.outside)
    ready = memory.condition("Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("Unknown", "Progressing")
    assert "by somebody else's helm, which is waited for until" in ready["message"]
    assert "unlock auth" not in memory.calls


class OneSecret(Objects):
    """An API server with one release's Secret, which answers a change with `code`."""

    def __init__(self, code: int) -> None:
        nobody: Any = None
        super().__init__(nobody)
        self._code = code

    async def all(self, resource: Any, namespace: str, labels: Mapping[str, str] | None = None) -> list[Document]:
        release = {"info": {"status": "pending-upgrade"}, "config": {"key": CANARY}}
        packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
        named = {"name": "auth", "version": "2", "status": "pending-upgrade"}
        return [{"metadata": {"name": "sh.helm.release.v1.auth.v2", "labels": named}, "data": {"release": packed}}]

    async def replace(self, resource: Any, document: Document, namespace: str) -> None:
        raise ApiError(status=Status(code=self._code, reason="Forbidden", message=f"{CANARY} is not welcome"))


@pytest.mark.parametrize("code", [400, 403, 422, 500, 503])
async def test_what_the_api_server_refuses_is_a_failure_that_tells_no_value(code: int) -> None:
    with pytest.raises(HelmFailed) as refusal:
        await HelmReleases(OneSecret(code)).unlock("school", "auth", 2)
    assert str(refusal.value) == "the API server refuses Secret/sh.helm.release.v1.auth.v2: Forbidden"


@pytest.mark.parametrize("code", [404, 409])
async def test_what_changed_meanwhile_is_no_refusal_but_read_anew(code: int) -> None:
    with pytest.raises(ApiError):
        await HelmReleases(OneSecret(code)).unlock("school", "auth", 2)
