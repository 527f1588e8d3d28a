"""Carrying out the steps of a plan: one action for each release, those that may go together at the same time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codezest_operator.domain import records
from codezest_operator.domain.plan import Action, Circumstances, Sight, Step
from codezest_operator.domain.ports import HelmFailed, Outside, Stored
from codezest_operator.domain.releases import Desired, Record, way_back

# What an Event says, by whether it went well.
EVENTS = {
    Action.install: ("InstallSucceeded", "InstallFailed"),
    Action.upgrade: ("UpgradeSucceeded", "UpgradeFailed"),
    Action.rollback: ("RollbackSucceeded", "RollbackFailed"),
    Action.uninstall: ("UninstallSucceeded", "UninstallFailed"),
    Action.unlock: ("Unlocked", "UnlockFailed"),
    Action.correct: ("DriftCorrected", "DriftCorrectionFailed"),
}


def _unchanged(record: Record) -> Record:
    return record


# What is remembered when it went well, beside what was noted before.
DONE = {Action.correct: records.done, Action.unlock: records.done, Action.rollback: records.gone_back}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one action, and what is remembered of the release from now on."""

    record: Record
    reason: str
    message: str
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Does what steps say in one namespace."""

    outside: Outside
    namespace: str
    circumstances: Circumstances

    async def carry_out(
        self,
        steps: Sequence[Step],
        wanted: Mapping[str, Desired],
        seen: Mapping[str, Sight],
        stored: Mapping[str, Stored],
    ) -> dict[str, Outcome]:
        """The outcome of every step, by release. HelmFailed becomes an outcome; anything else ends all of them."""

        async def one(step: Step) -> Outcome:
            sight, release = seen[step.release], wanted[step.release]
            good, bad = EVENTS[step.action]
            try:
                await self._do(step, release, sight, stored.get(step.release))
            except HelmFailed as problem:
                self.outside.observe(step.action, "failed")
                return await self._failed(step, sight, str(problem), bad)
            self.outside.observe(step.action, "succeeded")
            record = DONE.get(step.action, _unchanged)(sight.record)
            return Outcome(record=record, reason=good, message=f"{step.release} {step.reason}: {step.action} done.")

        # What one of them meets must not cut off another's helm in the middle of a migration.
        found = await asyncio.gather(*(one(step) for step in steps), return_exceptions=True)
        outcomes = [outcome for outcome in found if isinstance(outcome, Outcome)]
        if problems := [problem for problem in found if isinstance(problem, BaseException)]:
            raise BaseExceptionGroup("what ended a pass", problems)
        return {step.release: outcome for step, outcome in zip(steps, outcomes, strict=True)}

    async def _do(self, step: Step, wanted: Desired, sight: Sight, stored: Stored | None) -> None:
        outside, seconds = self.outside, self.circumstances.timeout.total_seconds()
        found = sight.observed
        if step.action in (Action.install, Action.upgrade):
            revision = found.revision + 1 if found else 1
            await outside.helm.upgrade(self.namespace, wanted, revision=revision, seconds=seconds)
        elif step.action is Action.uninstall:
            await outside.helm.uninstall(self.namespace, step.release, seconds=seconds)
        elif stored is not None and step.action is Action.correct:
            await outside.cluster.correct(stored, sight.drifts)
        elif found is not None and step.action is Action.unlock:
            await outside.releases.unlock(self.namespace, step.release, found.revision)
        elif step.action is Action.rollback and found and (back := way_back(found, sight.record)):
            await outside.helm.rollback(self.namespace, step.release, to=back, seconds=seconds)

    async def _failed(self, step: Step, sight: Sight, message: str, reason: str) -> Outcome:
        policy, revision = self.circumstances.policy, sight.observed.revision if sight.observed else 0
        if step.action in (Action.correct, Action.unlock):
            record = records.refused(sight.record, message, revision=revision, policy=policy, now=self.outside.clock())
            return Outcome(record=record, reason=reason, message=f"{step.release}: {message}", failed=True)
        stored = (await self.outside.releases.stored(self.namespace)).get(step.release)
        newest = stored.observed.revision if stored else 0
        # Without a revision of its own it has come to no Job, and those of earlier ones are not to blame.
        jobs_since = stored.begun if stored and newest > revision else None
        if why := await self.outside.cluster.stuck(self.namespace, step.release, jobs_since):
            message = f"{why}; {message}"
        noted = records.stayed if step.action is Action.uninstall else records.failed
        record = noted(sight.record, message, revision=newest, policy=policy, now=self.outside.clock())
        return Outcome(record=record, reason=reason, message=f"{step.release}: {message}", failed=True)
