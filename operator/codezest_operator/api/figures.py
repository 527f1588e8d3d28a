"""What the operator tells Prometheus."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from codezest_operator.domain.ports import Key

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
PREFIX = "codezest_operator"


class Figures:
    """All figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own = self.registry
        self.passes = Counter(f"{PREFIX}_passes", "Passes over a CodeZest", ["outcome"], registry=own)
        for outcome in ("succeeded", "failed"):
            self.passes.labels(outcome=outcome)  # from nothing, so that the first one is a rise
        self.seconds = Histogram(f"{PREFIX}_pass_seconds", "How long passes take", buckets=SECONDS, registry=own)
        self.actions = Counter(f"{PREFIX}_actions", "What was done about releases", ["action", "outcome"], registry=own)
        self.helms = Histogram(
            f"{PREFIX}_helm_seconds", "How long helm runs take", ["command", "outcome"], buckets=SECONDS, registry=own
        )
        self.waiting = Gauge(f"{PREFIX}_queue_length", "CodeZests in the queue", registry=own)
        self.overdue = Gauge(
            f"{PREFIX}_queue_overdue_seconds", "How long the longest waiting one has been due", registry=own
        )
        self.leader = Gauge(f"{PREFIX}_leader", "1 on the replica that leads", registry=own)
        self.ready = Gauge(f"{PREFIX}_ready", "1 if a CodeZest is ready", ["namespace", "name"], registry=own)
        self.releases = Gauge(f"{PREFIX}_releases", "Releases by state", ["namespace", "name", "state"], registry=own)
        self._states: dict[Key, set[str]] = {}

    def acted(self, action: str, outcome: str) -> None:
        """An action has ended."""
        self.actions.labels(action=action, outcome=outcome).inc()

    def ran(self, command: str, outcome: str, seconds: float) -> None:
        """Helm has ended."""
        self.helms.labels(command=command, outcome=outcome).observe(seconds)

    def written(self, key: Key, status: Mapping[str, Any]) -> None:
        """A status was written."""
        ready = any(one["type"] == "Ready" and one["status"] == "True" for one in status["conditions"])
        self.ready.labels(namespace=key.namespace, name=key.name).set(ready)
        counts: dict[str, int] = dict.fromkeys(self._states.get(key, set()), 0)
        for row in status.get("releases") or ():
            counts[row["state"]] = counts.get(row["state"], 0) + 1
        for state, count in counts.items():
            self.releases.labels(namespace=key.namespace, name=key.name, state=state).set(count)
        self._states[key] = set(counts)

    def forgotten(self, key: Key) -> None:
        """A CodeZest is gone, and so are its figures."""
        for state in self._states.pop(key, set()):
            self.releases.remove(key.namespace, key.name, state)
        self.ready.remove(key.namespace, key.name)
