"""Each release is in exactly one state, and each state has its one action."""

from dataclasses import replace
from datetime import timedelta

import pytest

from codezest_operator.domain.drift import Drift
from codezest_operator.domain.plan import FOREIGN, Action, Sight, plan
from codezest_operator.domain.releases import HelmStatus, Record, State, state_of
from tests.operator.samples import NOW, UNWELL, circumstances, installed, remembered, wanted, well

PLATFORM = wanted()["platform"]
OLD = {"digest": "older", "made_as": 2}
DRIFT = (Drift(kind="Deployment", name="redis"),)

# title -> what is seen of the platform, its state, and the action
CASES = {
    "nothing": (Sight(), State.absent, Action.install),
    "uninstalled, history kept": (
        Sight(observed=installed(PLATFORM, status=HelmStatus.uninstalled)), State.absent, Action.install,
    ),
    "somebody's own": (Sight(observed=installed(PLATFORM, revision=3, made_as=2)), State.unmanaged, Action.upgrade),
    "another digest": (Sight(observed=installed(PLATFORM, revision=2, **OLD)), State.out_of_sync, Action.upgrade),
    "another digest that failed": (
        Sight(observed=installed(PLATFORM, revision=2, status=HelmStatus.failed, **OLD)), State.out_of_sync, Action.upgrade,
    ),
    "left pending by us": (
        Sight(observed=installed(PLATFORM, status=HelmStatus.pending_install), record=Record(revision=1)),
        State.locked, Action.unlock,
    ),
    "pending by somebody": (
        Sight(observed=installed(PLATFORM, status=HelmStatus.pending_upgrade, made_as=0, revision=2)),
        State.locked, Action.wait,
    ),
    "pending by somebody for long": (
        Sight(observed=installed(PLATFORM, status=HelmStatus.pending_upgrade, made_as=0, at=NOW - FOREIGN)),
        State.locked, Action.unlock,
    ),
    "just installed": (Sight(observed=installed(PLATFORM)), State.untested, Action.test),
    "interrupted": (Sight(observed=installed(PLATFORM, status=HelmStatus.failed)), State.failed, Action.upgrade),
    "drifted": (replace(well(PLATFORM), drifts=DRIFT), State.drifted, Action.correct),
    "well": (well(PLATFORM), State.in_sync, Action.none),
    "as wanted but not running": (replace(well(PLATFORM), health=UNWELL), State.in_sync, Action.none),
}  # fmt: skip


@pytest.mark.parametrize("title", CASES)
def test_what_is_seen_gives_the_state_and_its_action(title: str) -> None:
    seen, state, action = CASES[title]
    assert state_of(PLATFORM, seen.observed, seen.record, drifted=bool(seen.drifts)) is state
    (step, *_) = plan({"platform": PLATFORM}, {"platform": seen}, circumstances())
    assert (step.state, step.action) == (state, action)


def test_every_state_is_among_the_cases_or_is_failed() -> None:
    assert {state for _, state, _ in CASES.values()} == set(State)


def test_a_release_that_is_switched_off_is_uninstalled_once() -> None:
    releases = wanted(services={"auth": {"enabled": False}})
    seen = {name: well(one) for name, one in releases.items()}
    assert [step.action for step in plan(releases, seen, circumstances())] == [
        Action.none,
        Action.uninstall,
        Action.none,
    ]
    del seen["auth"]
    assert {step.action for step in plan(releases, seen, circumstances())} == {Action.none}


def test_a_failed_test_is_no_failed_release_after_a_new_revision() -> None:
    record = remembered(PLATFORM, revision=2, failures=1, failed=2, tested=0)
    assert state_of(PLATFORM, installed(PLATFORM, revision=2), record) is State.failed
    assert state_of(PLATFORM, installed(PLATFORM, revision=3), record) is State.untested


def test_what_failed_a_moment_ago_is_not_tried_again_at_once() -> None:
    record = Record(attempted=PLATFORM.digest, failures=1, next_try=NOW + timedelta(seconds=15))
    (step,) = plan({"platform": PLATFORM}, {"platform": Sight(record=record)}, circumstances())
    assert (step.state, step.action, step.until) == (State.absent, Action.wait, record.next_try)
    later = circumstances(now=NOW + timedelta(seconds=15))
    (step,) = plan({"platform": PLATFORM}, {"platform": Sight(record=record)}, later)
    assert step.action is Action.install
