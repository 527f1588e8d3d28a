"""One plain sentence about the whole, and the condition behind it."""

from collections.abc import Mapping, Sequence

from codezest_operator.domain.conditions import Reason, Verdict
from codezest_operator.domain.plan import Action, Sight, Step, is_well
from codezest_operator.domain.releases import State

BUSY = (Action.install, Action.upgrade, Action.uninstall, Action.unlock, Action.test, Action.correct, Action.rollback)


def verdict(  # noqa: PLR0911 - one return for each thing to say
    steps: Sequence[Step], seen: Mapping[str, Sight], *, url: str, answers: bool
) -> Verdict:
    """What to say after a look: the gravest first."""
    if given_up := [step for step in steps if step.action is Action.give_up]:
        remedy = (
            "Mend what is named and change the spec, or annotate the CodeZest with codezest.dev/reset=<any new value>"
        )
        return Verdict(
            ready=False, reason=Reason.retries_exceeded, message=f"{_first(given_up)}. {remedy}.", stalled=True
        )
    again = [step for step in steps if step.again and step.state is not State.drifted]
    if failed := [step for step in steps if step.state is State.failed or step in again]:
        return Verdict(ready=False, reason=Reason.retrying, message=f"{_first(failed)}.")
    if busy := [step for step in steps if step.action in BUSY and not step.again]:
        done = len([step for step in steps if step.action is Action.none])
        return Verdict(
            ready=None, reason=Reason.progressing, message=f"{done} of {len(steps)} releases are done; {_named(busy)}."
        )
    if waiting := [step for step in steps if step.action is Action.wait]:
        return Verdict(ready=None, reason=Reason.progressing, message=f"{_named(waiting)}.")
    if unwell := [step for step in steps if not is_well(step, seen.get(step.release, Sight()))]:
        return Verdict(ready=False, reason=Reason.not_available, message=f"{_named(unwell)}.")
    if not answers:
        return Verdict(
            ready=None, reason=Reason.no_answer, message=f"All releases are installed, but {url} does not answer."
        )
    if drifted := [step for step in steps if step.state is State.drifted]:
        return Verdict(ready=True, reason=Reason.drifted, message=f"{url} answers. {_named(drifted)}.")
    return Verdict(
        ready=True, reason=Reason.succeeded, message=f"{len(steps)} releases are as wanted and {url} answers."
    )


def suspended(steps: Sequence[Step], seen: Mapping[str, Sight], *, url: str, answers: bool) -> Verdict:
    """What to say while nothing may be changed."""
    found = verdict(steps, seen, url=url, answers=answers)
    ready = found.ready is True
    message = f"Nothing is changed while spec.suspend is true. {found.message}"
    return Verdict(ready=ready, reason=Reason.suspended, message=message)


def removing(steps: Sequence[Step]) -> Verdict:
    """What to say while all is being taken away."""
    left = [step for step in steps if step.action is not Action.none]
    return Verdict(ready=None, reason=Reason.deleting, message=f"Being deleted: {_named(left) or 'nothing is left'}.")


def _first(steps: Sequence[Step]) -> str:
    """What went wrong with the first of them, and the names of the others: mostly it is the same with all."""
    others = ", ".join(step.release for step in steps[1:])
    return f"{_named(steps[:1])}{f'; {others} failed, too: see status.releases' if others else ''}"


def _named(steps: Sequence[Step]) -> str:
    return "; ".join(f"{step.release} {step.reason}" for step in steps)
