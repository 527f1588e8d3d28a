"""The rows that say which event still has to reach the webhook address."""

from __future__ import annotations

from dataclasses import dataclass

from tools.stripe.store import Json, Store

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


@dataclass(frozen=True)
class Delivery:
    """One event on its way. `next_try_at` (Unix seconds) is None once an answer was 2xx."""

    id: int
    event: str
    tries: int
    next_try_at: float | None
    last_answer: str | None


def enqueue(store: Store, event_id: str, *, at: float, times: int = 1) -> None:
    """Have the event sent, `times` times; real Stripe repeats itself too."""
    rows = [(event_id, at)] * times
    store.connection.executemany("INSERT INTO delivery (event, next_try_at) VALUES (?, ?)", rows)


def waiting(store: Store, *, limit: int) -> list[Delivery]:
    """What is not delivered yet, the most urgent first."""
    query = "SELECT id, event, tries, next_try_at, last_answer FROM delivery WHERE next_try_at IS NOT NULL"
    rows = store.connection.execute(f"{query} ORDER BY next_try_at, id LIMIT ?", (limit,))
    return [Delivery(*row) for row in rows]


def of_event(store: Store, event_id: str) -> list[Delivery]:
    """Every delivery of one event, the oldest first."""
    query = "SELECT id, event, tries, next_try_at, last_answer FROM delivery WHERE event = ? ORDER BY id"
    return [Delivery(*row) for row in store.connection.execute(query, (event_id,))]


def record(store: Store, delivery: Delivery, *, delivered: bool, answer: str, at: float) -> None:
    """Note one attempt; a failed one is due again after 1 s, then twice as long each time, at most 60 s."""
    pause = min(_FIRST_PAUSE * 2 ** min(delivery.tries, 10), _LONGEST_PAUSE)
    store.connection.execute(
        "UPDATE delivery SET tries = tries + 1, last_answer = ?, next_try_at = ? WHERE id = ?",
        (answer, None if delivered else at + pause, delivery.id),
    )


def pending(store: Store, event_id: str) -> int:
    """How many deliveries of the event are still to come."""
    query = "SELECT count(*) FROM delivery WHERE event = ? AND next_try_at IS NOT NULL"
    count: int = store.connection.execute(query, (event_id,)).fetchone()[0]
    return count


def with_pending(store: Store, event: Json) -> Json:
    """The event as the API shows it now: `pending_webhooks` counts what is still to come."""
    return {**event, "pending_webhooks": pending(store, event["id"])}
