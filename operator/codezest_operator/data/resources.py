"""CodeZests over the API server: read, their status applied, their finalizer set, Events about them."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from lightkube.core.exceptions import ApiError

from codezest_operator.data.kinds import CODEZEST, EVENT
from codezest_operator.data.objects import EVERYWHERE, NOT_FOUND, Objects
from codezest_operator.domain.ports import Document, Key
from codezest_operator.domain.status import text
from codezest_operator.domain.subject import FINALIZER

MANAGER = "codezest-operator"
LONGEST = 1024  # what an Event's message may have


class KubernetesResources:
    """CodeZests of the whole cluster. `written` hears of each status that was written."""

    def __init__(self, objects: Objects, written: Callable[[Key, Document], None]) -> None:
        self._objects = objects
        self._written = written

    async def get(self, key: Key) -> Document | None:
        """The CodeZest as it is now, or None. ApiError."""
        return await self._objects.get(CODEZEST, key.name, key.namespace)

    async def all(self) -> list[Document]:
        """Every CodeZest of the cluster. ApiError."""
        return await self._objects.all(CODEZEST, EVERYWHERE)

    async def write_status(self, key: Key, status: Document) -> None:
        """Make the status exactly this. One that has gone meanwhile needs none. ApiError."""
        body = {
            "apiVersion": "codezest.dev/v1alpha1",
            "kind": "CodeZest",
            "metadata": {"name": key.name},
            "status": status,
        }
        try:
            await self._objects.apply(CODEZEST.Status, body, key.namespace, manager=MANAGER)
        except ApiError as problem:
            if problem.status.code != NOT_FOUND:
                raise
        self._written(key, status)

    async def set_finalizer(self, document: Document, *, present: bool) -> None:
        """Set or take away our finalizer, unless somebody changed the CodeZest since it was read. ApiError."""
        metadata = document["metadata"]
        others = [one for one in metadata.get("finalizers") or () if one != FINALIZER]
        finalizers = [*others, FINALIZER] if present else others
        body = {"metadata": {"finalizers": finalizers, "resourceVersion": metadata["resourceVersion"]}}
        changed = await self._objects.merge(CODEZEST, metadata["name"], body, metadata["namespace"])
        document["metadata"] = changed["metadata"]

    async def announce(self, document: Document, *, reason: str, message: str, warning: bool) -> None:
        """Post an Event. One that the API server refuses, as in a namespace that goes, is not missed."""
        metadata, now = document["metadata"], datetime.now(UTC)
        about = {
            "apiVersion": "codezest.dev/v1alpha1",
            "kind": "CodeZest",
            **{field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion")},
        }
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{metadata['name']}-", "namespace": metadata["namespace"]},
            "involvedObject": about,
            "type": "Warning" if warning else "Normal",
            "reason": reason,
            "message": message[:LONGEST],
            "firstTimestamp": text(now),
            "lastTimestamp": text(now),
            "count": 1,
            "source": {"component": MANAGER},
            "reportingComponent": MANAGER,
            "action": reason,
        }
        with contextlib.suppress(ApiError):
            await self._objects.create(EVENT, event, metadata["namespace"])
