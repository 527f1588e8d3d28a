"""What is to be done next: one step for each release, in order, and why a release has to wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from codezest_operator.domain.catalogue import PLATFORM
from codezest_operator.domain.drift import Drift
from codezest_operator.domain.releases import Desired, HelmStatus, Observed, Record, State, is_ours, state_of, way_back
from codezest_operator.domain.retries import Policy, Remedy, is_held_back, is_kept_from_going
from codezest_operator.domain.spec import DriftMode
from codezest_operator.domain.workloads import Health

# A person's helm may be told to take its time, and nobody sees from here whether it lives.
FOREIGN = timedelta(hours=1)


class Action(StrEnum):
    """What a step does. `none`, `wait` and `give_up` do nothing, for different reasons."""

    none = "none"
    install = "install"
    upgrade = "upgrade"
    rollback = "rollback"
    uninstall = "uninstall"
    unlock = "unlock"
    test = "test"
    correct = "correct"
    wait = "wait"
    give_up = "give up"

    @property
    def changes(self) -> bool:
        """Whether it changes the cluster."""
        return self not in (self.none, self.wait, self.give_up, self.test)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """One release as it was found."""

    observed: Observed | None = None
    record: Record = field(default_factory=Record)
    health: Health = field(default_factory=lambda: Health(ready=True))
    drifts: tuple[Drift, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether something is installed and runs."""
        return self.observed is not None and self.observed.status is HelmStatus.deployed and self.health.ready


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is done about one release, and why. `until`: when to look again if nothing happens before. `again`: it was tried
    before, in vain.
    """

    release: str
    state: State
    action: Action
    reason: str
    until: datetime | None = None
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What plans depend on beside the releases."""

    now: datetime
    policy: Policy
    timeout: timedelta
    drift: DriftMode = DriftMode.enabled
    is_reset: bool = False  # somebody has just said that all is to be tried anew


def plan(
    wanted: Mapping[str, Desired], seen: Mapping[str, Sight], at: Circumstances, *, deleting: bool = False
) -> list[Step]:
    """The steps: the platform's first, services' once it is well. When `deleting`, services go first, the platform last."""
    if deleting:
        return _removal(wanted, seen, at)
    steps: list[Step] = []
    obstacle = ""
    for name, release in wanted.items():
        step = _step(release, seen.get(name, Sight()), at)
        if obstacle and step.action.changes and step.action is not Action.uninstall:
            step = Step(release=name, state=step.state, action=Action.wait, reason=obstacle)
        steps.append(step)
        if name == PLATFORM and not is_well(step, seen.get(name, Sight())):
            obstacle = f"waits for the release {PLATFORM}, which is {step.state}"
    return steps


def is_well(step: Step, sight: Sight) -> bool:
    """Whether others may build on a release: as wanted, or nearly, and running."""
    return step.state in (State.in_sync, State.drifted) and sight.health.ready


def _removal(wanted: Mapping[str, Desired], seen: Mapping[str, Sight], at: Circumstances) -> list[Step]:
    steps = [_uninstall(name, seen.get(name, Sight()), at) for name in wanted]
    others = [step.release for step in steps if step.release != PLATFORM and step.action is not Action.none]
    return [
        Step(
            release=step.release,
            state=step.state,
            action=Action.wait,
            reason=f"waits until {', '.join(others)} is gone",
        )
        if step.release == PLATFORM and others and step.action is Action.uninstall
        else step
        for step in steps
    ]


def _uninstall(name: str, sight: Sight, at: Circumstances) -> Step:
    found = sight.observed
    if found is None or found.status is HelmStatus.uninstalled:
        return Step(release=name, state=State.absent, action=Action.none, reason="is gone")
    record = sight.record
    if is_kept_from_going(record, now=at.now):
        reason = f"could not be uninstalled ({record.error}) and is tried again soon"
        return _later(name, State.failed, reason, record.next_try)
    return Step(release=name, state=State.out_of_sync, action=Action.uninstall, reason="should not be there")


def _step(  # noqa: PLR0911 - one return for each state
    wanted: Desired, sight: Sight, at: Circumstances
) -> Step:
    if not wanted.present:
        step = _uninstall(wanted.name, sight, at)
        return step if step.action is not Action.none else _made(wanted, State.in_sync, Action.none, "is switched off")
    state = state_of(wanted, sight.observed, sight.record, drifted=bool(sight.drifts))
    if state is State.locked:
        return _locked(wanted, sight, at)
    if state in (State.absent, State.unmanaged, State.out_of_sync):
        return _changing(wanted, sight, at, state)
    if state is State.failed:
        return _failed(wanted, sight, at)
    if state is State.untested:
        return _untested(wanted, sight, at)
    if state is State.drifted:
        return _drifted(wanted, sight, at)
    if not sight.health.ready:
        return _made(wanted, state, Action.none, sight.health.reason)
    return _made(wanted, state, Action.none, "is as wanted")


def _changing(wanted: Desired, sight: Sight, at: Circumstances, state: State) -> Step:
    if is_held_back(wanted, sight.record, now=at.now):
        reason = f"{_failing(sight.record)} and is tried again soon"
        return _later(wanted.name, state, reason, sight.record.next_try)
    if state is State.absent:
        return _made(wanted, state, Action.install, "is not installed")
    if state is State.unmanaged:
        return _made(wanted, state, Action.upgrade, "was changed by somebody else's helm")
    return _made(wanted, state, Action.upgrade, "is not as wanted")


def _locked(wanted: Desired, sight: Sight, at: Circumstances) -> Step:
    found = sight.observed
    if found is None:
        raise ValueError("nothing is locked that is not there")
    stale = found.at + max(at.timeout, FOREIGN)
    if is_ours(found, sight.record) or at.now >= stale or at.is_reset:
        reason = f"was left as {found.status} by a helm that is dead"
        if (refusal := sight.record.refusal_at(found.revision)) is None:
            return _made(wanted, State.locked, Action.unlock, reason)
        reason += f"; could not be unlocked ({refusal.error}) and is tried again"
        if at.now >= refusal.next_try:
            return replace(_made(wanted, State.locked, Action.unlock, reason), again=True)
        return _later(wanted.name, State.locked, reason, refusal.next_try)
    reason = (
        f"is {found.status} by somebody else's helm, which is waited for until {stale:%H:%M} UTC; "
        "if it is dead, annotate the CodeZest with codezest.dev/reset=<any new value>"
    )
    return Step(release=wanted.name, state=State.locked, action=Action.wait, reason=reason, until=stale)


def _failed(wanted: Desired, sight: Sight, at: Circumstances) -> Step:
    found, record = sight.observed, sight.record
    if found is None:
        raise ValueError("nothing has failed that is not there")
    often = _failing(record)
    remedy = at.policy.remedy(wanted, found, record, now=at.now)
    if remedy is Remedy.rollback:
        return _made(wanted, State.failed, Action.rollback, f"{often}; goes back to revision {way_back(found, record)}")
    if remedy is Remedy.retry:
        return _made(wanted, State.failed, Action.upgrade, f"{often} and is tried again")
    if remedy is Remedy.give_up:
        return _made(
            wanted,
            State.failed,
            Action.give_up,
            f"{often}, which is as often as spec.upgrade.remediation.retries allows",
        )
    return _later(wanted.name, State.failed, f"{often} and is tried again soon", record.next_try)


def _untested(wanted: Desired, sight: Sight, at: Circumstances) -> Step:
    found = sight.observed
    if found is None:
        raise ValueError("nothing is tested that is not there")
    reason = "is looked at" if sight.health.ready else sight.health.reason
    # Helm notes the time before its hooks run, and a migration may take as long as it is allowed to.
    awaited = sight.record.awaited_since if sight.record.awaited == found.revision else None
    deadline = (awaited or at.now) + at.timeout
    return Step(release=wanted.name, state=State.untested, action=Action.test, reason=reason, until=deadline)


def _drifted(wanted: Desired, sight: Sight, at: Circumstances) -> Step:
    reason = "; ".join(map(str, sight.drifts))
    if at.drift is not DriftMode.enabled:
        return _made(wanted, State.drifted, Action.none, reason)
    refusal = sight.record.refusal_at(sight.observed.revision) if sight.observed else None
    if refusal is None:
        return _made(wanted, State.drifted, Action.correct, reason)
    reason += f"; could not be put back ({refusal.error}) and is tried again"
    if at.now >= refusal.next_try:
        return replace(_made(wanted, State.drifted, Action.correct, reason), again=True)
    return replace(_later(wanted.name, State.drifted, reason, refusal.next_try), action=Action.none)


def _made(wanted: Desired, state: State, action: Action, reason: str) -> Step:
    return Step(release=wanted.name, state=state, action=action, reason=reason)


def _later(name: str, state: State, reason: str, until: datetime | None) -> Step:
    """What was tried in vain, and waits for its time."""
    return Step(release=name, state=state, action=Action.wait, reason=reason, until=until, again=True)


def _failing(record: Record) -> str:
    why = f" ({record.error})" if record.error else ""
    return f"failed {_times(max(record.failures, 1))}{why}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
