"""A failed upgrade is rolled back, tried again as often as was allowed, and then left to people; a first installation is never given up."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from codezest_operator.domain.plan import Action, Sight, Step, plan
from codezest_operator.domain.reconciling import reconcile
from codezest_operator.domain.records import failed, gone_back, intended, judged
from codezest_operator.domain.releases import HelmStatus, Observed, Record, State, way_back
from codezest_operator.domain.retries import FIRST
from codezest_operator.domain.spec import Strategy
from tests.operator.fakes import KEY, Memory, arrive
from tests.operator.samples import (
    CATALOGUE,
    INTERVAL,
    NOW,
    TIMEOUT,
    UNWELL,
    circumstances,
    installed,
    remembered,
    wanted,
    well,
)

BEFORE = wanted()["platform"]
AFTER = wanted(ingress={"url": "http://other.localhost"})["platform"]


def step(sight: Sight, *, now: datetime = NOW, **remediation: object) -> Step:
    (found,) = plan({"platform": AFTER}, {"platform": sight}, circumstances(now=now, **remediation))
    return found


class Story:
    """An upgrade whose pods never come up, played through by the plan's own steps."""

    def __init__(self, sight: Sight, **remediation: object) -> None:
        self.sight, self.remediation, self.now = sight, remediation, NOW
        self.done: list[Action] = []

    def play(self, steps: int) -> list[Action]:
        for _ in range(steps):
            self.next()
        return self.done

    def next(self) -> None:
        found = step(self.sight, now=self.now, **self.remediation)
        self.done.append(found.action)
        at = circumstances(now=self.now, **self.remediation)
        record = intended(found, AFTER, self.sight)
        observed = self.sight.observed
        newest = observed.revision if observed else 0
        if found.action in (Action.install, Action.upgrade):
            self._have(installed(AFTER, revision=newest + 1, at=self.now, older=self._older()), record)
        elif found.action is Action.rollback and observed:
            back = replace(
                observed, revision=newest + 1, digest=BEFORE.digest, status=HelmStatus.deployed, older=self._older()
            )
            self._have(back, gone_back(record))
        elif found.action is Action.test:
            if record.awaited == newest:
                self.now += TIMEOUT
            self._have(observed, judged(found, self.sight, policy=at.policy, now=self.now))
        elif found.action is Action.wait and found.until:
            self.now = found.until

    def _older(self) -> frozenset[int]:
        observed = self.sight.observed
        return frozenset([*sorted(observed.older)[-2:], observed.revision]) if observed else frozenset()

    def _have(self, observed: Observed | None, record: Record) -> None:
        self.sight = Sight(observed=observed, record=record, health=UNWELL)


def test_an_upgrade_is_rolled_back_tried_again_and_given_up() -> None:
    story = Story(well(BEFORE))
    once = [Action.upgrade, Action.test, Action.test, Action.rollback]
    assert story.play(11) == [*once, Action.wait, *once, Action.give_up, Action.give_up]
    assert story.sight.observed is not None
    assert story.sight.observed.digest == BEFORE.digest, "what worked runs on"


def test_without_retries_it_is_tried_once() -> None:
    assert Story(well(BEFORE), retries=0).play(5) == [
        *(Action.upgrade, Action.test, Action.test, Action.rollback),
        Action.give_up,
    ]


def test_with_the_strategy_retry_nothing_is_rolled_back() -> None:
    played = Story(well(BEFORE), retries=1, strategy=Strategy.retry).play(8)
    once = [Action.upgrade, Action.test, Action.test]
    assert played == [*once, Action.wait, *once, Action.give_up]


def test_a_first_installation_is_tried_for_ever_but_ever_more_rarely() -> None:
    story = Story(Sight())
    played = story.play(40)
    assert set(played) == {Action.install, Action.test, Action.wait, Action.upgrade}
    assert story.sight.record.failures >= 9
    assert story.sight.record.next_try is not None
    assert story.sight.record.next_try - story.now <= INTERVAL


def test_new_input_is_tried_at_once_whatever_failed_before() -> None:
    record = remembered(
        BEFORE, revision=4, attempted="what failed", failures=2, rolled_back=True, next_try=NOW + INTERVAL
    )
    found = step(Sight(observed=installed(BEFORE, revision=4), record=record))
    assert (found.state, found.action) == (State.out_of_sync, Action.upgrade)
    assert intended(found, AFTER, Sight(observed=installed(BEFORE, revision=4), record=record)).failures == 0


def test_an_upgrade_that_was_interrupted_is_finished_and_not_rolled_back() -> None:
    broken_off = installed(AFTER, revision=2, status=HelmStatus.failed, older=frozenset([1]))
    sight = Sight(observed=broken_off, record=Record(revision=2, attempted=AFTER.digest))
    assert (step(sight).state, step(sight).action) == (State.failed, Action.upgrade)


def test_a_rollback_that_fails_is_repeated_with_a_pause() -> None:
    record = Record(
        revision=3, attempted=AFTER.digest, failures=2, failed=3, tested=1, rolled_back=True, next_try=NOW + FIRST
    )
    sight = Sight(observed=installed(BEFORE, revision=3, status=HelmStatus.failed, older=frozenset([1])), record=record)
    assert step(sight).action is Action.wait
    assert step(sight, now=NOW + FIRST).action is Action.rollback


@pytest.mark.parametrize(("failures", "seconds"), [(1, 15), (2, 30), (3, 60), (6, 480), (7, 600), (50, 600)])
def test_pauses_double_up_to_the_interval(failures: int, seconds: int) -> None:
    assert circumstances().policy.pause(failures) == timedelta(seconds=seconds)


def test_an_upgrade_that_made_no_revision_leaves_none_behind_as_its_own() -> None:
    before = Sight(observed=installed(BEFORE), record=remembered(BEFORE))
    record = intended(step(before), AFTER, before)
    assert record.revision == 2
    after = failed(record, "no such chart", revision=1, policy=circumstances().policy, now=NOW)
    assert (after.revision, after.failures, after.error, after.next_try) == (1, 1, "no such chart", NOW + FIRST)
    found = step(Sight(observed=installed(BEFORE), record=after))
    assert (found.state, found.action) == (State.failed, Action.wait)
    assert "failed once (no such chart)" in found.reason


async def failing(release: str) -> Memory:
    """A platform whose upgrade of that release fails, and is tried again in ten minutes."""
    memory = Memory({"upgrade": {"remediation": {"retries": 9, "strategy": "retry"}}})
    await arrive(memory)
    bad = {"services": {release: {"image": {"tag": "bad"}}}}
    memory.hindered = {wanted(**memory.spec, **bad)[release].digest}
    memory.edit(**bad)
    while memory.calls.count("upgrade failed") < 7:
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    memory.calls.clear()
    return memory


@pytest.mark.parametrize("how", ["switched off", "deleted"])
async def test_what_fails_is_not_kept_from_going(how: str) -> None:
    memory = await failing("auth")
    if how == "deleted":
        memory.delete()
    else:
        memory.edit(services={"auth": {"enabled": False}})
    began = memory.now
    while "uninstall auth" not in memory.calls:
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert memory.now - began < FIRST


async def test_what_helm_cannot_uninstall_is_said_and_tried_ever_more_rarely() -> None:
    memory = await failing("auth")
    memory.staying = {"auth"}
    memory.edit(services={"auth": {"enabled": False}})
    end = memory.now + INTERVAL
    while memory.now < end:
        memory.later(await reconcile(KEY, CATALOGUE, memory.outside))
    assert 4 <= memory.calls.count("uninstall failed") <= 7
    ready = memory.condition("Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("False", "Retrying")
    assert "auth could not be uninstalled (a finalizer keeps it)" in ready["message"]
    memory.staying.clear()
    memory.later(INTERVAL)
    await arrive(memory)
    assert memory.history["auth"] == []


def test_a_test_waits_from_the_first_look_until_the_deadline_and_no_longer() -> None:
    policy = circumstances().policy
    # Helm began it long ago, and its migration took that long.
    begun = installed(AFTER, at=NOW - 2 * TIMEOUT)
    sight = Sight(observed=begun, record=Record(revision=1, attempted=AFTER.digest), health=UNWELL)
    first = judged(step(sight), sight, policy=policy, now=NOW)
    assert (first.failures, first.awaited, first.awaited_since) == (0, 1, NOW)
    sight = replace(sight, record=first)
    assert judged(step(sight), sight, policy=policy, now=NOW + TIMEOUT - timedelta(seconds=1)) == sight.record
    assert judged(step(sight), sight, policy=policy, now=NOW + TIMEOUT).failures == 1
    doomed = replace(sight, health=replace(UNWELL, doomed=True))
    assert judged(step(doomed), doomed, policy=policy, now=NOW).failures == 1
    healthy = replace(sight, health=Sight().health)
    assert judged(step(healthy), healthy, policy=policy, now=NOW).tested == 1


def test_what_was_never_seen_well_is_nothing_to_go_back_to() -> None:
    ill = installed(AFTER, revision=3, older=frozenset([1, 2]))  # 2 was broken, too
    record = remembered(BEFORE, revision=3, tested=1, attempted=AFTER.digest, failures=1, failed=3)
    found = step(Sight(observed=ill, record=record))
    assert found.action is Action.rollback
    assert "revision 1" in found.reason
    assert way_back(ill, record) == 1
    assert way_back(replace(ill, older=frozenset([2])), record) is None, "Helm has forgotten the good one"
    assert way_back(ill, replace(record, tested=0)) is None


def test_what_was_left_running_by_others_can_be_gone_back_to() -> None:
    left = installed(BEFORE, revision=3)
    sight = Sight(observed=left)
    assert intended(step(sight), AFTER, sight).tested == 3
    assert intended(step(sight), AFTER, replace(sight, health=UNWELL)).tested == 0
