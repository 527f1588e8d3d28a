"""The status of a CodeZest: written for people and kstatus, and read back as what the operator remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from codezest_operator.domain.conditions import Condition
from codezest_operator.domain.plan import Action, Sight, Step
from codezest_operator.domain.releases import Desired, Record, Refusal
from codezest_operator.domain.values import differing

Document = dict[str, Any]
LONGEST = 1000
MOST_PATHS = 20


@dataclass(frozen=True, kw_only=True)
class Past:
    """What the status says from the last time."""

    records: Mapping[str, Record]
    rows: Mapping[str, Mapping[str, Any]]
    conditions: Sequence[Condition]
    reset: str = ""
    reconcile: str = ""


def past(status: Mapping[str, Any]) -> Past:
    """The status as the API server keeps it; an empty one remembers nothing."""
    rows = {row["name"]: row for row in status.get("releases") or ()}
    return Past(
        records={name: _record(row) for name, row in rows.items()},
        rows=rows,
        conditions=[_condition(one) for one in status.get("conditions") or ()],
        reset=status.get("lastHandledReset", ""),
        reconcile=status.get("lastHandledReconcile", ""),
    )


def rows(
    wanted: Mapping[str, Desired], seen: Mapping[str, Sight], steps: Sequence[Step], before: Past, *, now: datetime
) -> list[Document]:
    """One row for each release, in order."""
    return [_row(wanted[step.release], seen.get(step.release, Sight()), step, before, now) for step in steps]


def planned(wanted: Mapping[str, Desired], seen: Mapping[str, Sight], steps: Sequence[Step]) -> list[Document]:
    """What would change, release by release: the action, why, and which values, by their paths alone."""
    found = []
    for step in steps:
        if step.action.changes or step.action is Action.wait:
            entry: Document = {"release": step.release, "action": str(step.action), "reason": step.reason[:LONGEST]}
            if step.action in (Action.upgrade, Action.install, Action.wait) and step.release in seen:
                paths = differing(seen[step.release].values, wanted[step.release].values)
                entry["changes"] = paths[:MOST_PATHS]
            found.append(entry)
    return found


def condition_documents(conditions: Sequence[Condition]) -> list[Document]:
    """Conditions as Kubernetes writes them."""
    return [
        {
            "type": one.type,
            "status": one.status,
            "reason": str(one.reason),
            "message": one.message[:LONGEST],
            "observedGeneration": one.generation,
            "lastTransitionTime": text(one.since) if one.since else "",
        }
        for one in conditions
    ]


def text(at: datetime) -> str:
    """A time as Kubernetes writes it, to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time(written: str) -> datetime:
    """The time that `text` wrote; also with fractions and other zones, as Helm writes it. ValueError."""
    return datetime.fromisoformat(written).astimezone(UTC)


def _row(wanted: Desired, sight: Sight, step: Step, before: Past, now: datetime) -> Document:
    old = before.rows.get(step.release, {})
    record, found = sight.record, sight.observed
    same = old.get("state") == str(step.state)
    row: Document = {
        "name": step.release,
        "chart": f"{wanted.chart.path.rpartition('/')[2]}-{wanted.chart.version}",
        "version": wanted.chart.version,
        "revision": found.revision if found else 0,
        "state": str(step.state),
        "action": str(step.action),
        "reason": step.reason[:LONGEST],
        "since": old["since"] if same else text(now),
        "digest": found.digest if found else "",
        "attempted": record.attempted,
        "failures": record.failures,
        "ownRevision": record.revision,
        "failedRevision": record.failed,
        "testedRevision": record.tested,
        "rolledBack": record.rolled_back,
        "error": record.error,
        "awaitedRevision": record.awaited,
    }
    for name, at in (("nextTry", record.next_try), ("awaitedSince", record.awaited_since)):
        if at is not None:
            row[name] = text(at)
    if (refusal := record.refusal) is not None:
        row["refusal"] = {
            "revision": refusal.revision,
            "times": refusal.times,
            "error": refusal.error,
            "nextTry": text(refusal.next_try),
        }
    return row


def _record(row: Mapping[str, Any]) -> Record:
    return Record(
        revision=row.get("ownRevision", 0),
        attempted=row.get("attempted", ""),
        failures=row.get("failures", 0),
        failed=row.get("failedRevision", 0),
        tested=row.get("testedRevision", 0),
        rolled_back=row.get("rolledBack", False),
        error=row.get("error", ""),
        next_try=_time_in(row, "nextTry"),
        awaited=row.get("awaitedRevision", 0),
        awaited_since=_time_in(row, "awaitedSince"),
        refusal=_refusal(row.get("refusal")),
    )


def _refusal(written: Mapping[str, Any] | None) -> Refusal | None:
    if written is None:
        return None
    next_try = time(written["nextTry"])
    return Refusal(revision=written["revision"], times=written["times"], error=written["error"], next_try=next_try)


def _time_in(row: Mapping[str, Any], name: str) -> datetime | None:
    return time(row[name]) if row.get(name) else None


def _condition(document: Mapping[str, Any]) -> Condition:
    return Condition(
        type=document["type"],
        status=document["status"],
        reason=document["reason"],
        message=document.get("message", ""),
        generation=document.get("observedGeneration", 0),
        since=time(document["lastTransitionTime"]),
    )
