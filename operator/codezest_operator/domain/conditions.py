"""Conditions as kstatus reads them: Ready always, Reconciling and Stalled only while they are true."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why a condition is as it is. docs/operator.md says for each what it means and what to do."""

    succeeded = "Succeeded"
    progressing = "Progressing"
    suspended = "Suspended"
    deleting = "Deleting"
    drifted = "Drifted"
    not_available = "WorkloadsNotAvailable"
    no_answer = "UrlDoesNotAnswer"
    retrying = "Retrying"
    retries_exceeded = "RetriesExceeded"
    unknown_version = "UnknownVersion"
    unknown_service = "UnknownService"
    secret_missing = "SecretMissing"  # noqa: S105 - the name of a reason
    host_taken = "HostTaken"
    namespace_taken = "NamespaceTaken"
    invalid = "InvalidSpec"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """`since` is when `status` was last another one."""

    type: str
    status: str
    reason: str
    message: str
    generation: int
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is to be said of the whole: `ready` is None while it is under way; `stalled` waits for a person."""

    ready: bool | None
    reason: Reason
    message: str
    stalled: bool = False


def conditions(verdict: Verdict, before: Iterable[Condition], *, generation: int, now: datetime) -> list[Condition]:
    """The conditions that say so, each with the time since which its status is what it is."""
    known = {condition.type: condition for condition in before}
    ready = {True: "True", False: "False", None: "Unknown"}[verdict.ready]
    statuses = {"Ready": ready}
    if verdict.stalled:
        statuses["Stalled"] = "True"
    elif verdict.ready is None or verdict.reason is Reason.retrying:
        statuses["Reconciling"] = "True"
    return [
        Condition(
            type=name,
            status=status,
            reason=verdict.reason,
            message=verdict.message,
            generation=generation,
            since=_since(known.get(name), status, now),
        )
        for name, status in statuses.items()
    ]


def _since(before: Condition | None, status: str, now: datetime) -> datetime:
    return before.since if before is not None and before.status == status and before.since is not None else now
