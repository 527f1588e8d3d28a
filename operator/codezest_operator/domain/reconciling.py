"""One pass over one CodeZest, from whatever is there to the next step towards what is asked for.

Every trigger ends here. A pass reads everything anew, makes a plan, carries out at most one action per release and writes the
status; what is still to be done is found by the next pass. So a pass may be broken off anywhere, and any replica may go on.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from codezest_operator.domain import records
from codezest_operator.domain.acting import Actor
from codezest_operator.domain.catalogue import PLATFORM, Catalogue
from codezest_operator.domain.conditions import Reason, Verdict, conditions
from codezest_operator.domain.drift import Drift
from codezest_operator.domain.obstacles import Claim, obstacle
from codezest_operator.domain.plan import Action, Sight, Step, plan
from codezest_operator.domain.ports import Document, Key, Outside, Stored
from codezest_operator.domain.releases import Record, State, state_of
from codezest_operator.domain.spec import DeletionPolicy, DriftMode, WayIn, duration, read
from codezest_operator.domain.status import condition_documents, past, planned, rows, time
from codezest_operator.domain.subject import RECONCILE, RESET, Subject, annotation, is_held, subject_of
from codezest_operator.domain.verdict import removing, suspended, verdict

SOON = timedelta(seconds=2)
RARELY = timedelta(seconds=20)
LATER = timedelta(seconds=30)


async def reconcile(key: Key, catalogue: Catalogue, outside: Outside, *, full: bool = False) -> timedelta | None:
    """One pass. Returns when to look again if nothing happens before, or None if the CodeZest is gone.

    `full`: also look for drift, which costs a request for each object. Raises what the ports raise, LeaderLost above all.
    """
    document = await outside.resources.get(key)
    if document is None:
        return None
    try:
        subject = await subject_of(key, document, catalogue, outside)
    except (KeyError, TypeError, ValueError) as problem:
        unread = Verdict(
            ready=False, reason=Reason.invalid, message=f"The spec cannot be read: {problem}", stalled=True
        )
        await _hold(outside, document, unread)
        return LATER
    if subject.is_going:
        return await _remove(subject, outside)
    if (stopped := await _obstacle(subject, catalogue, outside)) is not None:
        await _hold(outside, document, stopped)
        return LATER
    if not subject.spec.suspend and not is_held(document):
        await outside.resources.set_finalizer(document, present=True)
    return await _advance(subject, outside, full=full or subject.is_requested)


async def _obstacle(subject: Subject, catalogue: Catalogue, outside: Outside) -> Verdict | None:
    named = [*subject.spec.secrets.values(), *subject.spec.mounted]
    versions = await outside.cluster.secret_versions(subject.key.namespace, named)
    others = [claim for one in await outside.resources.all() if (claim := _claim(one)) is not None]
    own = _claim(subject.document)
    there = {key: key in versions for key in named}
    return obstacle(subject.spec, catalogue, own, others, there) if own is not None else None


def _claim(document: Document) -> Claim | None:
    """What a CodeZest claims, or None for one that cannot be read, or that goes and has nothing left here."""
    metadata = document["metadata"]
    if metadata.get("deletionTimestamp") and not is_held(document):
        return None
    try:
        spec = read(document["spec"])
    except (KeyError, TypeError, ValueError):
        return None
    created = time(metadata["creationTimestamp"])
    return Claim.of(spec, namespace=metadata["namespace"], name=metadata["name"], created=created)


async def _sights(subject: Subject, outside: Outside, *, full: bool) -> tuple[dict[str, Sight], dict[str, Stored]]:
    """Every release as it is, and what is stored of those that are there."""
    stored = await outside.releases.stored(subject.key.namespace)
    seen: dict[str, Sight] = {}
    for name in subject.wanted:
        record = subject.before.records.get(name, Record())
        if name not in stored:
            seen[name] = Sight(record=record)
            continue
        one, drifts = stored[name], tuple[Drift, ...]()
        if _looks_for_drift(subject, state_of(subject.wanted[name], one.observed, record), full=full):
            ignore = subject.spec.drift_detection.ignore
            drifts = tuple(await outside.cluster.drifts(one, ignore))
        health = await outside.cluster.health(one)
        seen[name] = Sight(observed=one.observed, record=record, health=health, drifts=drifts, values=one.values)
    return seen, stored


def _looks_for_drift(subject: Subject, state: State, *, full: bool) -> bool:
    """What is only reported is looked for each time, so that the report does not come and go."""
    mode = subject.spec.drift_detection.mode
    return (
        state is State.in_sync
        and not subject.is_going
        and (mode is DriftMode.warn or (full and mode is DriftMode.enabled))
    )


async def _advance(subject: Subject, outside: Outside, *, full: bool) -> timedelta:
    seen, stored = await _sights(subject, outside, full=full)
    steps = plan(subject.wanted, seen, subject.circumstances)
    if subject.spec.suspend:
        answers = await _answers(subject, outside)
        found = suspended(steps, seen, url=subject.spec.ingress.url, answers=answers)
        await _write(outside, subject.document, found, _details(subject, seen, steps))
        return duration(subject.spec.interval)
    acting = [step for step in steps if step.action.changes]
    if not acting:
        return await _settle(subject, outside, seen, steps)
    # What somebody has left is unlocked before anything else: it would be finished last, though it was begun first.
    acting = [step for step in acting if step.action is Action.unlock] or acting
    seen |= {step.release: _noting(subject, seen, step) for step in acting}
    await _report(subject, outside, seen, steps)
    actor = Actor(outside=outside, namespace=subject.key.namespace, circumstances=subject.circumstances)
    done = await actor.carry_out(acting, subject.wanted, seen, stored)
    for name, outcome in done.items():
        await outside.resources.announce(
            subject.document, reason=outcome.reason, message=outcome.message, warning=outcome.failed
        )
        seen[name] = replace(seen[name], record=outcome.record)
    await _report(subject, outside, seen, steps)
    return SOON / 10


async def _settle(subject: Subject, outside: Outside, seen: dict[str, Sight], steps: list[Step]) -> timedelta:
    """Nothing is to be changed: note what was tested, ask the URL, and say when to look again."""
    policy, now = subject.circumstances.policy, subject.circumstances.now
    records_now = {
        step.release: records.judged(step, seen.get(step.release, Sight()), policy=policy, now=now) for step in steps
    }
    changed = any(records_now[name] != one.record for name, one in seen.items())
    seen = {name: replace(one, record=records_now[name]) for name, one in seen.items()}
    if changed:
        steps = plan(subject.wanted, seen, subject.circumstances)
    found = await _report(subject, outside, seen, steps)
    if changed:
        return SOON / 10
    untils = [step.until - now for step in steps if step.action is not Action.test and step.until and step.until > now]
    if found.ready:
        return min([duration(subject.spec.interval), *(max(until, SOON) for until in untils)])
    if any(step.action is Action.wait and step.until for step in steps) and untils:
        return max(min(untils), SOON)
    return LATER if found.stalled else _patience(subject)


def _patience(subject: Subject) -> timedelta:
    """How long to wait for what nobody tells of: a quarter of how long it has been waited for, 2 to 20 s."""
    ready = next((one for one in subject.before.conditions if one.type == "Ready"), None)
    if ready is None or ready.since is None or ready.status == "True":
        return SOON
    return min(max((subject.circumstances.now - ready.since) / 4, SOON), RARELY)


async def _remove(subject: Subject, outside: Outside) -> timedelta | None:
    document = subject.document
    if not is_held(document):
        return None
    if subject.spec.deletion_policy is DeletionPolicy.orphan or await _is_elsewhose(subject, outside):
        await outside.resources.set_finalizer(document, present=False)
        return None
    seen, _ = await _sights(subject, outside, full=False)
    steps = plan(subject.wanted, seen, subject.circumstances, deleting=True)
    if all(step.action is Action.none for step in steps):
        await outside.resources.set_finalizer(document, present=False)
        return None
    await _write(outside, document, removing(steps), _details(subject, seen, steps))
    acting = [step for step in steps if step.action is Action.uninstall]
    actor = Actor(outside=outside, namespace=subject.key.namespace, circumstances=subject.circumstances)
    done = await actor.carry_out(acting, subject.wanted, seen, {})
    seen = {name: replace(one, record=done[name].record) if name in done else one for name, one in seen.items()}
    await _write(outside, document, removing(steps), _details(subject, seen, steps))
    return SOON / 10 if done and not any(one.failed for one in done.values()) else SOON


async def _is_elsewhose(subject: Subject, outside: Outside) -> bool:
    """Whether the releases of the namespace belong to an older CodeZest."""
    own = _claim(subject.document)
    claims = [claim for one in await outside.resources.all() if (claim := _claim(one)) is not None]
    return own is not None and any(one < own for one in claims if one.namespace == own.namespace)


def _noting(subject: Subject, seen: Mapping[str, Sight], step: Step) -> Sight:
    sight = seen[step.release]
    return replace(sight, record=records.intended(step, subject.wanted[step.release], sight))


async def _answers(subject: Subject, outside: Outside) -> bool:
    way = subject.spec.ingress
    running = [name for name, one in subject.wanted.items() if name != PLATFORM and one.present and subject.runs(name)]
    if way.mode is WayIn.none or not running:
        return True
    return await outside.web.answers(f"{way.url}/api/{running[0]}/openapi.json", by=way.probe_address)


async def _report(subject: Subject, outside: Outside, seen: Mapping[str, Sight], steps: list[Step]) -> Verdict:
    idle = all(step.action is Action.none for step in steps)
    answers = not idle or await _answers(subject, outside)
    found = verdict(steps, seen, url=subject.spec.ingress.url, answers=answers)
    await _write(outside, subject.document, found, _details(subject, seen, steps))
    return found


def _details(subject: Subject, seen: Mapping[str, Sight], steps: list[Step]) -> Document:
    return {
        "releases": rows(subject.wanted, seen, steps, subject.before, now=subject.circumstances.now),
        "plan": planned(subject.wanted, seen, steps),
    }


async def _hold(outside: Outside, document: Document, found: Verdict) -> None:
    """Say what is in the way. What is remembered stays, and what was asked for by annotation is still to be done."""
    old = document.get("status") or {}
    kept = {name: old.get(name, "") for name in ("lastHandledReset", "lastHandledReconcile")}
    await _write(outside, document, found, {"releases": old.get("releases", []), **kept})


async def _write(outside: Outside, document: Document, found: Verdict, details: Document) -> None:
    """Write the status if it says something new, and announce a new state of the whole."""
    metadata = document["metadata"]
    generation, now = metadata["generation"], outside.clock()
    before = past(document.get("status") or {}).conditions
    made = conditions(found, before, generation=generation, now=now)
    status: dict[str, Any] = {
        "observedGeneration": generation,
        "url": (document["spec"].get("ingress") or {}).get("url", ""),
        "message": found.message[:1000],
        "conditions": condition_documents(made),
        "lastHandledReset": annotation(document, RESET),
        "lastHandledReconcile": annotation(document, RECONCILE),
        **details,
    }
    old = document.get("status") or {}
    if {key: old.get(key) for key in status} == status and _types(old) == _types(status):
        return
    await outside.resources.write_status(Key(namespace=metadata["namespace"], name=metadata["name"]), status)
    document["status"] = status
    was = next((one for one in before if one.type == "Ready"), None)
    if was is None or (was.status, was.reason) != (made[0].status, str(made[0].reason)):
        warning = found.ready is False and found.reason is not Reason.suspended
        await outside.resources.announce(document, reason=str(found.reason), message=found.message, warning=warning)


def _types(status: Document) -> list[str]:
    return sorted(one["type"] for one in status.get("conditions") or ())
