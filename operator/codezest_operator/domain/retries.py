"""What follows a failure: which action, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from codezest_operator.domain.releases import Desired, Observed, Record, has_failed, is_broken, way_back
from codezest_operator.domain.spec import Remediation, Strategy

FIRST = timedelta(seconds=15)
# A first installation has nothing to lose by another try, so it is never given up; it only becomes rarer.
DOUBLINGS = 10


class Remedy(StrEnum):
    """What is done about a failed release."""

    rollback = "rollback"
    retry = "retry"
    wait = "wait"
    give_up = "give up"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How a CodeZest wants failures treated; `longest` is the longest pause between two tries."""

    remediation: Remediation
    longest: timedelta

    def remedy(self, wanted: Desired, found: Observed, record: Record, *, now: datetime) -> Remedy:
        """What is to be done now about a release in the state Failed."""
        if not has_failed(wanted, record):
            return Remedy.retry  # it did not fail, it was interrupted
        broken, held_back = is_broken(wanted, found), is_held_back(wanted, record, now=now)
        back = way_back(found, record)
        if broken and back is not None and self.remediation.strategy is Strategy.rollback:
            # One that has failed, too, waits; one that was broken off is finished at once.
            has_failed_back = record.rolled_back and record.failed == found.revision
            return Remedy.wait if has_failed_back and held_back else Remedy.rollback
        if (back is not None or not broken) and record.failures > self.remediation.retries:
            return Remedy.give_up
        return Remedy.wait if held_back else Remedy.retry

    def pause(self, failures: int) -> timedelta:
        """How long to wait after so many failures: 15 s, 30 s, 1 min ... at most `longest`."""
        pause: timedelta = FIRST * 2 ** min(max(failures - 1, 0), DOUBLINGS)
        return min(pause, max(self.longest, FIRST))


def is_held_back(wanted: Desired, record: Record, *, now: datetime) -> bool:
    """Whether the same failed a moment ago, so that trying again at once would only be a hot loop."""
    return has_failed(wanted, record) and record.next_try is not None and now < record.next_try


def is_kept_from_going(record: Record, *, now: datetime) -> bool:
    """Whether its uninstalling failed a moment ago. What was attempted with it before that is no reason to keep it."""
    return not record.attempted and record.next_try is not None and now < record.next_try
