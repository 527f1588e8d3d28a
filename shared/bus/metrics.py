"""What the event path counts, for `GET /metrics` (docs/operations.md says what each figure means and when to act)."""

import collections
from dataclasses import dataclass, field

from prometheus_client import Counter, Gauge, Histogram

APPLIED = Counter(
    "codezest_bus_applied",
    "Events whose effect was committed here, by the way they came: delivered, pulled, backfilled or retried",
    ["consumer", "source", "path"],
)
PASSED_OVER = Counter(
    "codezest_bus_passed_over",
    "Events that have no effect here, by reason: no-handler, or expired (older than its handler's max_age)",
    ["consumer", "source", "reason"],
)
PARKED = Counter(
    "codezest_bus_parked_events",
    "Events that were parked, by reason: failed, behind (its key waits), no-handler, or killer (ended its process)",
    ["consumer", "source", "reason"],
)
BATCH = Histogram(
    "codezest_bus_batch_events",
    "Events that one commit applied",
    ["consumer", "source"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
PULLS = Counter(
    "codezest_bus_pulls",
    "Pages asked of a source, by result: events, empty, failed",
    ["consumer", "source", "result"],
)
REFUSED = Counter(
    "codezest_bus_refused",
    "Deliveries and pages that were refused, by reason: malformed, oversized, wrong-topic, not-followed, other-epoch, "
    "beyond-head, bad-page",
    ["reason"],
)
ASSIGNED = Counter("codezest_bus_assigned", "Events of this service that got their position in its log here")
ANNOUNCED = Counter("codezest_bus_announced", "Announcements to the broker, by result: sent, failed", ["result"])
SOURCE_HEAD = Gauge(
    "codezest_bus_source_head", "The highest position seen of a source, in a page or a delivery", ["source"]
)
STOPPED = Gauge(
    "codezest_bus_stopped",
    "1 while a lane has stopped and waits for a person: its log line says why",
    ["consumer", "source"],
)


@dataclass
class Tally:
    """What a transaction did, to be counted once it has committed: how many handlers `ran`, how many events
    they `emitted`, and what was not run and why.
    """

    ran: int = 0
    emitted: int = 0
    parked: collections.Counter[str] = field(default_factory=collections.Counter)
    passed_over: collections.Counter[str] = field(default_factory=collections.Counter)

    def count(self, consumer: str, source: str, path: str) -> None:
        """Count it; `path` is the way the events came."""
        APPLIED.labels(consumer, source, path).inc(self.ran)
        for counter, reasons in ((PARKED, self.parked), (PASSED_OVER, self.passed_over)):
            for reason, events in reasons.items():
                counter.labels(consumer, source, reason).inc(events)


_heads: dict[str, int] = {}


def saw_head(source: str, position: int, *, at_least: bool = False) -> None:
    """Note that `source` has come as far as `position`, or at least so far."""
    if not at_least or position > _heads.get(source, -1):
        _heads[source] = position
        SOURCE_HEAD.labels(source).set(position)
