"""Compares what was intended with what is there: lost, doubled, phantom, disordered, renamed, unsettled."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tests.fire.checker.evidence import Evidence, Logged, Mail, Row
from tests.fire.checker.intents import Intent

KINDS = ("lost", "doubled", "phantom", "disordered", "renamed", "unsettled")

CREATED, VERIFIED = "auth.user-created.v1", "auth.email-verified.v1"
REPEATED = "auth.registration-repeated.v1"
ENROLLED, COMPLETED = "learning.enrolled.v1", "learning.lesson-completed.v1"
SUBMITTED = "learning.assignment-submitted.v1"
PAID, SUBSCRIBED = "payments.payment-succeeded.v1", "payments.subscription-activated.v1"
GRANTED = "payments.entitlement-granted.v1"
SIGNED_IN = "auth.signed-in.v1"  # nobody writes down that they mean to: the sessions there are tell
HIDDEN = {REPEATED, PAID, SUBSCRIBED, SIGNED_IN}

# Which rows an event must lead to elsewhere, and which column says that a row is that event's: of the event's own id or key.
BY_ID = {"activity.feed_entry": "id", "notifications.message": "event_id"}
BY_KEY = {
    "activity.person": CREATED,
    "learning.learner": CREATED,
    "learning.entitlement": GRANTED,
    "payments.verified_person": VERIFIED,
}
MAILED = {CREATED: "welcome", REPEATED: "existing-account", PAID: "receipt"}

Fact = tuple[str, str, str]  # type, user id, what about


@dataclass(kw_only=True)
class Findings:
    """What is wrong, by kind, and what was looked at."""

    wrong: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    counted: dict[str, int] = field(default_factory=dict)

    @property
    def kinds(self) -> set[str]:
        """The kinds of violation found."""
        return {kind for kind, found in self.wrong.items() if found}

    def __str__(self) -> str:
        numbers = [f"  {name:<44}{number:>7}" for name, number in self.counted.items()]
        verdicts = [f"  {kind:<44}{len(found):>7}" for kind, found in self.wrong.items()]
        first = [f"  {kind}: {entry}" for kind, found in self.wrong.items() for entry in found[:10]]
        return "\n".join(["looked at", *numbers, "found", *verdicts, *first])


def examine(evidence: Evidence) -> Findings:
    """Every comparison there is."""
    findings = Findings()
    wrong = findings.wrong
    wrong["unsettled"] += evidence.unrest
    for kind, sentence in (
        *_logs(evidence),
        *_intents(evidence),
        *_states(evidence),
        *_effects(evidence),
        *_order_of_intents(evidence),
        *_order_of_effects(evidence),
        *_mails(evidence),
        *_feeds(evidence),
    ):
        wrong[kind].append(sentence)
    findings.counted = _counted(evidence)
    return findings


def _logs(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Positions without gaps, ids once."""
    for source, log in evidence.logs.items():
        for expected, event in enumerate(log, start=1):
            if event.position != expected:
                yield "disordered", f"{source}'s log has position {event.position} where {expected} belongs"
                break
    ids = Counter(event.id for log in evidence.logs.values() for event in log)
    yield from (("doubled", f"event {id} stands {n} times in the logs") for id, n in ids.items() if n > 1)  # noqa: A001 - it is one


def _intents(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Each accepted intent has its events once; no event is without an intent."""
    happened = Counter(_fact(event) for event in _since(evidence))
    allowed: set[Fact] = set()
    for intent in evidence.intents:
        for fact in _facts(intent, evidence):
            allowed.add(fact)
            if intent.accepted and not happened[fact]:
                yield "lost", f"{intent}: no {fact[0]} was logged"
            if happened[fact] > 1:
                yield "doubled", f"{intent}: {fact[0]} was logged {happened[fact]} times"
        if intent.kind == "registration" and intent.sends > 1:
            allowed.add((REPEATED, evidence.accounts.get(intent.person, ""), ""))
    unwanted = (event for event in _since(evidence) if event.type != SIGNED_IN and _fact(event) not in allowed)
    yield from (("phantom", f"{event}: nobody wanted it") for event in unwanted)


def _facts(intent: Intent, evidence: Evidence) -> list[Fact]:
    """The events that this intent leads to."""
    who = evidence.accounts.get(intent.person, f"account of {intent.person}")
    led_to: dict[str, list[Fact]] = {
        "registration": [(CREATED, who, ""), (ENROLLED, who, evidence.starter)],
        "verification": [(VERIFIED, who, "")],
        "enrolment": [(ENROLLED, who, intent.subject)],
        "lesson": [(COMPLETED, who, intent.subject)],
        "submission": [(SUBMITTED, who, evidence.submissions.get((who, intent.subject), "a submission not kept"))],
        "purchase": [(PAID, who, ""), (SUBSCRIBED, who, ""), (GRANTED, who, "")],
    }
    return led_to[intent.kind] if intent.sends else []


def _states(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """The emitters' own rows say the same as their logs."""
    rows = evidence.rows
    kept = Counter(
        [(ENROLLED, str(row["user_id"]), str(row["course_id"])) for row in rows["learning.enrolment"]]
        + [(COMPLETED, str(row["user_id"]), str(row["lesson_id"])) for row in rows["learning.completion"]]
        + [(SUBMITTED, str(row["user_id"]), str(row["id"])) for row in rows["learning.submission"]]
        + [(PAID, str(row["user_id"]), "") for row in rows["payments.payment"]]
        + [(CREATED, str(row["id"]), "") for row in rows["auth.user_account"]]
        + [(VERIFIED, str(row["id"]), "") for row in rows["auth.user_account"] if row["verified"]]
        + [(SIGNED_IN, str(row["user_id"]), str(row["id"])) for row in rows["auth.session_family"]]
    )
    told = Counter(_fact(event) for log in evidence.logs.values() for event in log)
    spoken_of = {type_ for type_, _, _ in kept}
    for fact in (kept - told).elements():
        yield "lost", f"{fact} is in the tables, but its event is in no log"
    for fact in (told - kept).elements():
        if fact[0] in spoken_of:
            yield "phantom", f"{fact} was logged, but the tables do not know it"


def _effects(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Each event has its rows at each consumer, was applied once there, and no row is without its event."""
    tries = Counter((applied.table, _ident(applied.table, applied.row)) for applied in evidence.applied)
    since = {event.id for event in _since(evidence)}
    wanted: dict[str, dict[str, Logged]] = defaultdict(dict)
    for event in (event for log in evidence.logs.values() for event in log):
        for table in _tables(event):
            wanted[table][event.id if table in BY_ID else event.key] = event
    for table in (*BY_ID, *BY_KEY):
        found = Counter(_ident(table, row) for row in evidence.rows[table])
        for ident, event in wanted[table].items():
            if not found[ident]:
                yield "lost", f"{event} has no row in {table}"
            if found[ident] > 1 or (tries[table, ident] > 1 and event.id in since):
                times = max(found[ident], tries[table, ident])
                yield "doubled", f"{event} was applied {times} times to {table}"
        yield from (("phantom", f"{table} has {ident}, of no event") for ident in found if ident not in wanted[table])
    yield from _places(evidence)


def _places(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """The feed's rows say where their events stand."""
    places = {event.id: (event.source, event.position) for log in evidence.logs.values() for event in log}
    for row in evidence.rows["activity.feed_entry"]:
        here = (row["source"], row["position"])
        if places.get(str(row["id"]), here) != here:
            yield "phantom", f"activity applied {row['id']} as {here}, but it stands at {places[str(row['id'])]}"


def _order_of_intents(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """What a person did one after the other stands in learning's log in that order."""
    positions = {_fact(event): event.position for event in evidence.logs["learning"]}
    ways: dict[str, list[tuple[int, Intent]]] = defaultdict(list)
    for intent in evidence.intents:
        if intent.accepted and intent.kind in {"enrolment", "lesson", "submission"}:
            ways[intent.person] += [(positions[f], intent) for f in _facts(intent, evidence) if f in positions]
    for way in ways.values():
        for (earlier, first), (later, second) in pairwise(way):
            if earlier > later:
                yield "disordered", f"{second} came after {first}, but stands before it in learning's log"


def _order_of_effects(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Each consumer applied the events of one source and key in the order of the log."""
    events = {event.id: event for event in _since(evidence)}
    last: dict[tuple[str, str, str], Logged] = {}
    for applied in evidence.applied:
        event = events.get(_ident(applied.table, applied.row)) if applied.table in BY_ID else None
        if event is None:
            continue
        lane = (applied.table, event.source, event.key)
        if lane in last and last[lane].position > event.position:
            yield "disordered", f"{applied.table} took {event} after {last[lane]}"
        last[lane] = event


def _mails(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Each message that is to be sent is in the sink, under its own Message-ID and no other."""
    addresses = {who: email for email, who in evidence.accounts.items()}
    people = {intent.person for intent in evidence.intents}
    sent: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in evidence.mails:
        sent[mail.to, mail.subject].add(mail.message_id)
    known = {row["message_id"] for row in evidence.rows["notifications.message"]}
    delivered = {mail.message_id for mail in evidence.mails}
    for (to, subject), ids in sent.items():
        if len(ids) > 1:
            yield "renamed", f"{subject!r} came to {to} under {len(ids)} Message-IDs: {sorted(ids)}"
    for row in evidence.rows["notifications.message"]:
        to = addresses.get(str(row["user_id"]), "")
        if to in people and row["message_id"] not in delivered:
            yield "lost", f"the {row['template']} mail {row['message_id']} to {to} ({row['state']}) is not in the sink"
    yield from (_stranger(mail) for mail in evidence.mails if mail.to in people and mail.message_id not in known)


def _stranger(mail: Mail) -> tuple[str, str]:
    return "renamed", f"{mail.subject!r} came to {mail.to} under {mail.message_id}, which is no message's"


def _feeds(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """The feed that people see has each of their events once, the newest first."""
    visible = {e.id: e for log in evidence.logs.values() for e in log if e.type not in HIDDEN}
    for person, shown in evidence.feeds.items():
        due = {event.id for event in visible.values() if event.key == person}
        yield from (("lost", f"{visible[missing]} is not in the feed of {person}") for missing in due - set(shown))
        yield from (("phantom", f"the feed of {person} shows {strange}") for strange in set(shown) - due)
        for entry, times in Counter(shown).items():
            if times > 1:
                yield "doubled", f"the feed of {person} shows {entry} {times} times"
        for source in evidence.logs:
            own = [visible[entry] for entry in shown if entry in visible and visible[entry].source == source]
            for newer, older in pairwise(own):
                if newer.position < older.position:
                    yield "disordered", f"the feed of {person} shows {newer} above {older}"


def _fact(event: Logged) -> Fact:
    return event.type, event.key, event.about


def _tables(event: Logged) -> list[str]:
    by_id = ["activity.feed_entry", *(["notifications.message"] if event.type in MAILED else [])]
    return by_id + [table for table, type_ in BY_KEY.items() if type_ == event.type]


def _ident(table: str, row: Row) -> str:
    return str(row[BY_ID.get(table, "user_id")])


def _since(evidence: Evidence) -> list[Logged]:
    """The events about people who came since the first intent: all others were there before."""
    return [event for log in evidence.logs.values() for event in log if event.key not in evidence.before]


def _counted(evidence: Evidence) -> dict[str, int]:
    counted: dict[str, int] = {"intents": len(evidence.intents)}
    for kind, number in sorted(Counter(intent.kind for intent in evidence.intents).items()):
        counted[f"  {kind}"] = number
    counted["  accepted"] = sum(intent.accepted for intent in evidence.intents)
    counted["  answers that never came, asked again"] = sum(intent.unknown for intent in evidence.intents)
    counted |= {f"events in {source}'s log": len(log) for source, log in evidence.logs.items()}
    counted |= {f"rows of {table}": len(evidence.rows[table]) for table in (*BY_ID, *BY_KEY)}
    counted["rows witnessed while they were applied"] = len(evidence.applied)
    counted["mails"] = len(evidence.mails)
    counted["mails under a Message-ID seen before"] = len(evidence.mails) - len({m.message_id for m in evidence.mails})
    counted["feed entries read over HTTP"] = sum(map(len, evidence.feeds.values()))
    return counted
