"""What must hold, told from the tables alone. Shares nothing with the bus but the tables' names."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from tests.model.seen import LATE, LATE_TYPE, MAIN, Fact, Seen

FOLLOW_UPS = {
    "learning.enrolled.v1": ("payments.payment-succeeded.v1/1",),
    "learning.lesson-completed.v1": (
        "payments.payment-succeeded.v1/1",
        "payments.payment-succeeded.v1/2",
        "payments.subscription-activated.v1/1",
    ),
    LATE_TYPE: ("payments.payment-succeeded.v1/1",),
}


@dataclass
class Ledger:
    """What the emitters know of their transactions, by token: how many facts each states."""

    committed: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)

    def forget(self, kept: set[str]) -> None:
        """The source was restored to a moment when it knew `kept`."""
        every = {**self.committed, **self.unknown}
        self.committed = {token: every[token] for token in kept}
        self.unknown = {}


def tokens(seen: Seen) -> set[str]:
    """The transactions whose facts are in the source's outbox or log."""
    return {fact.stated[1] for part in (seen.outbox, seen.log) for fact in part["learning"]}


def check_source(seen: Seen, ledger: Ledger) -> None:
    """Every committed fact once, in its key's order, and nothing else; positions without a gap."""
    by_key: dict[str, list[int]] = defaultdict(list)
    by_token: dict[str, int] = defaultdict(int)
    for fact in (*seen.log["learning"], *seen.outbox["learning"]):
        n, token = fact.stated
        by_key[fact.key].append(n)
        by_token[token] += 1
    expected = {key: list(range(1, stated + 1)) for key, stated in seen.subject.items()}
    assert by_key == expected, f"stated were {expected}, outbox and log have {dict(by_key)}"
    for token, facts in ledger.committed.items():
        assert by_token.pop(token, 0) == facts, f"transaction {token} stated {facts} facts, and it was told so"
    assert not by_token, f"phantoms, stated by transactions that did not commit: {dict(by_token)}"


def check_logs(seen: Seen, before: Seen | None) -> None:
    """Append only, gapless, and the head tells its length."""
    for service, log in seen.log.items():
        assert [fact.at for fact in log] == list(range(1, len(log) + 1)), f"{service}'s log has gaps"
        if service in seen.head:
            assert seen.head[service].position == len(log), f"{service}'s head is not its log's length"
        if before is not None:
            assert log[: len(before.log[service])] == before.log[service], f"{service}'s log has changed"


def check_cursors(seen: Seen, before: Seen) -> None:
    """A cursor never goes back, and what a lane has applied it never takes back."""
    for consumer, cursor in before.cursors.items():
        if consumer == LATE and LATE not in seen.cursors:
            assert LATE_TYPE in seen.cursors[MAIN].types, "the backfill is gone and its type has not joined"
            assert seen.cursors[MAIN].position >= cursor.position, "a type joined before the main lane was there"
            continue
        now = seen.cursors[consumer]
        assert now.position >= cursor.position, f"{consumer}'s cursor went back"
        assert now.version >= cursor.version, f"{consumer}'s version went back"
        main = (seen.cursors[MAIN].version, before.cursors[MAIN].version)
        assert main[0] > main[1] or now.position == cursor.position, "moved without a new version"
    assert seen.effects[: len(before.effects)] == before.effects, "an effect is gone"


def check_consumer(seen: Seen) -> None:
    """Up to its lane's cursor each event is applied once or parked once, beyond it neither; keys keep their order."""
    log = seen.log["learning"]
    effects = [effect.event_id for effect in seen.effects]
    assert len(effects) == len(set(effects)), f"applied twice: {[one for one in effects if effects.count(one) > 1]}"
    parked = [one.event_id for one in seen.parked]
    assert len(parked) == len(set(parked)), "parked twice"
    assert not set(effects) & set(parked), "both applied and parked"
    for fact in log:
        reached = fact.at <= _reached(seen, fact.type)
        here = (fact.id in effects) + (fact.id in parked)
        assert here == reached, f"{fact.type} at {fact.at} is {'missing' if reached else 'applied before its time'}"
    assert set(effects) | set(parked) <= {fact.id for fact in log}, "applied what the source does not know"
    for key in seen.subject:
        _check_order(seen, key)


def check_lost(seen: Seen, before: Seen | None, handed_over: dict[str, set[str]]) -> None:
    """A main lane whose source has lost what it saw applies nothing of what the source has stated since.

    `handed_over` tells of each event in which epochs a consumer could come by it: what was in the outbox at the time of the
    backup has its place in both. A backfill that has just joined may go on: it had seen nothing that is lost.
    """
    main, head = seen.cursors[MAIN], seen.head["learning"]
    if before is None or MAIN not in before.cursors:
        return
    if main.epoch in (None, head.epoch) or main.position <= head.epoch_start:
        return
    since = (fact for fact in seen.log["learning"] if fact.at > head.epoch_start)
    followed = {fact.id for fact in since if fact.type in before.cursors[MAIN].types}
    news = {id_ for id_ in followed if handed_over.get(id_, set()) <= {head.epoch}}
    applied = {effect.event_id for effect in seen.effects[len(before.effects) :]}
    assert not applied & news, f"applied in spite of the alarm: {applied & news}"


def _reached(seen: Seen, type_: str) -> int:
    main = seen.cursors.get(MAIN)
    if main is None:
        return 0
    if type_ in main.types:
        return main.position
    return seen.cursors[LATE].position if LATE in seen.cursors else 0


def _check_order(seen: Seen, key: str) -> None:
    """Types that were followed from the start, and those added later, each come in the order of the log."""
    for late in (False, True):
        expected = [f.at for f in seen.log["learning"] if f.key == key and (f.type == LATE_TYPE) == late]
        applied = [e.position for e in seen.effects if e.key == key and (e.type == LATE_TYPE) == late]
        assert applied == expected[: len(applied)], f"{key}: {applied} applied of {expected}"


def check_joined_order(seen: Seen, joined_at: int) -> None:
    """Beyond the position where an added type has joined, a key has one order again, and nothing from before comes late."""
    for key in seen.subject:
        applied = [e.position for e in seen.effects if e.key == key]
        later = [p for p in applied if p > joined_at]
        assert later == sorted(later), f"{key}: out of order after the join at {joined_at}: {applied}"
        assert not later or max(applied.index(p) for p in applied if p <= joined_at or p == later[0]) == applied.index(
            later[0]
        ), f"{key}: an event from before the join at {joined_at} was overtaken: {applied}"


def check_follow_ups(seen: Seen) -> None:
    """Each effect has led to exactly its facts, with the ids that follow from it, in its order."""
    facts = (*seen.log["payments"], *seen.outbox["payments"])
    expected = {
        str(uuid5(UUID(effect.event_id), name)): (effect.event_id, effect.n, effect.key)
        for effect in seen.effects
        for name in FOLLOW_UPS[effect.type]
    }
    found = {fact.id: (fact.cause, _follows(fact), fact.key) for fact in facts}
    assert len(found) == len(facts), "a follow-up was stated twice"
    assert found == expected, f"follow-ups: {len(found)} stated of {len(expected)} expected"
    causes = list(dict.fromkeys(fact.cause for fact in facts))
    for key in seen.subject:
        mine = [effect.event_id for effect in seen.effects if effect.key == key]
        assert [cause for cause in causes if cause in set(mine)] == mine, f"{key}: follow-ups in another order"


def _follows(fact: Fact) -> int:
    return int(fact.data.get("invoice_number") or fact.data["plan"])


def check_arrived(seen: Seen, *, but: frozenset[str]) -> None:
    """Everything that was committed has been applied, except what belongs to the keys `but`; nothing is under way."""
    assert not seen.lost, "still lost after the restore"
    assert not seen.outbox["learning"], "something was never assigned"
    assert not seen.outbox["payments"], "a follow-up was never assigned"
    assert LATE not in seen.cursors, "the added type has not joined"
    left = [one for one in seen.parked if one.key not in but]
    assert not left, f"still parked, though nothing is wrong with it: {left}"
    applied = {effect.event_id for effect in seen.effects}
    missing = [fact for fact in seen.log["learning"] if fact.id not in applied and fact.key not in but]
    assert not missing, f"never applied: {missing}"
