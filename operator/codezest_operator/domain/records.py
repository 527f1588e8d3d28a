"""How the memory of a release changes: before an action, after it, and after a look."""

from dataclasses import replace
from datetime import datetime

from codezest_operator.domain.plan import Action, Sight, Step
from codezest_operator.domain.releases import Desired, Record, Refusal
from codezest_operator.domain.retries import Policy

LONGEST = 500


def intended(step: Step, wanted: Desired, sight: Sight) -> Record:
    """Noted before the action begins, so that who takes over knows a revision as the operator's own."""
    newest = sight.observed.revision if sight.observed else 0
    record = sight.record
    if step.action in (Action.install, Action.upgrade):
        if (
            not record.attempted and sight.is_well
        ):  # what somebody else has left running is as good as what we saw through
            record = replace(record, tested=newest)
        anew = record.attempted != wanted.digest
        failures = 0 if anew else record.failures
        return replace(
            record, revision=newest + 1, attempted=wanted.digest, failures=failures, rolled_back=False, next_try=None
        )
    if step.action is Action.rollback:
        return replace(record, revision=newest + 1, rolled_back=True)
    if step.action is Action.unlock:
        return replace(record, revision=newest)
    return record


def failed(record: Record, error: str, *, revision: int, policy: Policy, now: datetime) -> Record:
    """Noted after a failure; `revision` is the newest now. A failed action that made no revision leaves none behind as its own."""
    failures = record.failures + 1
    own = min(record.revision, revision) if revision else 0
    next_try = now + policy.pause(failures)
    return replace(record, revision=own, failures=failures, failed=revision, next_try=next_try, error=error[:LONGEST])


def stayed(record: Record, error: str, *, revision: int, policy: Policy, now: datetime) -> Record:
    """Noted when it could not be uninstalled: nothing is attempted with it any more, and only these failures count."""
    leaving = replace(record, attempted="", failures=0) if record.attempted else record
    return failed(leaving, error, revision=revision, policy=policy, now=now)


def gone_back(record: Record) -> Record:
    """Noted after a rollback: the new revision is what was seen to be healthy before, under another number."""
    return replace(record, tested=record.revision)


def done(record: Record) -> Record:
    """Noted after what had drifted was put back, or what was left was unlocked."""
    return replace(record, refusal=None)


def refused(record: Record, error: str, *, revision: int, policy: Policy, now: datetime) -> Record:
    """Noted when that could not be done at this revision, the newest."""
    before = record.refusal_at(revision)
    times = before.times + 1 if before else 1
    next_try = now + policy.pause(times)
    return replace(record, refusal=Refusal(revision=revision, times=times, error=error[:LONGEST], next_try=next_try))


def judged(step: Step, sight: Sight, *, policy: Policy, now: datetime) -> Record:
    """Noted after a look at a release in the state Untested: it is well, it has failed, or it needs more time."""
    found = sight.observed
    if step.action is not Action.test or found is None:
        return sight.record
    if sight.health.ready:
        return replace(
            sight.record, tested=found.revision, failures=0, failed=0, rolled_back=False, next_try=None, error=""
        )
    if sight.record.awaited != found.revision:
        return replace(sight.record, awaited=found.revision, awaited_since=now)
    if sight.health.doomed or (step.until is not None and now >= step.until):
        record = replace(sight.record, attempted=found.digest)
        return failed(record, sight.health.reason, revision=found.revision, policy=policy, now=now)
    return sight.record
