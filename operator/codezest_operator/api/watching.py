"""Kopf's part: it watches, and every event ends in the queue. No handler does anything itself, so none can be half done.

Events alone are handled: Kopf then writes nothing onto objects, no finalizer and no copy of the spec in an annotation.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import kopf

from codezest_operator.api.queue import Queue
from codezest_operator.domain.ports import Document, Key

PART_OF = {"app.kubernetes.io/part-of": "codezest", "app.kubernetes.io/managed-by": "Helm"}
# A watch that says nothing for so long after a change is taken for dead.
LATE = 30.0


class Watch:
    """What was heard of, so that a watch that has died in silence is found by comparing it with what is there."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._heard: dict[Key, tuple[Any, ...]] = {}
        self._unheard: dict[Key, float] = {}

    def codezest(self, event: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        """Something was heard of a CodeZest. What only the operator itself writes is no news."""
        key = key_of(document)
        if event.get("type") == "DELETED":
            self._heard.pop(key, None)
            self._queue.add(key, full=True)
            return
        news = _news(document)
        if self._heard.get(key) != news:
            self._heard[key] = news
            self._queue.add(key, full=True)
        self._unheard.pop(key, None)

    def workload(self, event: Mapping[str, Any], namespace: str) -> None:
        """Something was heard of a workload of ours: whoever lives there has a look."""
        for key in self._heard:
            if key.namespace == namespace:
                self._queue.add(key, full=event.get("type") == "DELETED")

    def compare(self, documents: Iterable[Document]) -> None:
        """Look at what is there: news that the watch has not told is acted upon, and makes the watch suspect."""
        found = {key_of(one): _news(one) for one in documents}
        for key, news in found.items():
            if self._heard.get(key) != news:
                self._unheard.setdefault(key, time.monotonic())
                self._queue.add(key, full=True)
            else:
                self._unheard.pop(key, None)
        for key in [key for key in self._unheard if key not in found]:
            del self._unheard[key]

    @property
    def is_dead(self) -> bool:
        """Whether news has not come by the watch for too long."""
        now = time.monotonic()
        return any(now - since > LATE for since in self._unheard.values())


def registry_of(watch: Watch) -> kopf.OperatorRegistry:
    """The handlers."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    def _login(**kwargs: Any) -> Any:
        return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)

    @kopf.on.event("codezest.dev", "v1alpha1", "codezests", registry=registry)
    async def _codezest(event: Any, body: Any, **_: Any) -> None:
        watch.codezest(event, body)

    for plural in ("deployments", "statefulsets"):

        @kopf.on.event("apps", "v1", plural, labels=PART_OF, registry=registry, id=plural)
        async def _workload(event: Any, namespace: str | None, **_: Any) -> None:
            watch.workload(event, namespace or "")

    return registry


def settings_of() -> kopf.OperatorSettings:
    """Kopf as a watcher and nothing else: no Events of its own, no peering, no scanning; a silent watch is opened anew."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.peering.standalone = True
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.connect_timeout = 10
    settings.networking.request_timeout = 30
    return settings


def key_of(document: Mapping[str, Any]) -> Key:
    """Whose document it is."""
    return Key(namespace=document["metadata"]["namespace"], name=document["metadata"]["name"])


def _news(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """What changes when people change something: the uid, the spec's generation, our annotations, the deletion."""
    metadata = document["metadata"]
    annotations = {
        key: value for key, value in (metadata.get("annotations") or {}).items() if key.startswith("codezest.dev/")
    }
    return (
        metadata["uid"],
        metadata["generation"],
        tuple(sorted(annotations.items())),
        metadata.get("deletionTimestamp"),
    )
