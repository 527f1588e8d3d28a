"""Objects of the API server as plain documents: the few verbs that the operator needs, over lightkube."""

from collections.abc import Callable, Mapping
from typing import Any

from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError
from lightkube.types import PatchType

from codezest_operator.data.kinds import Resource
from codezest_operator.domain.ports import LeaderLost

Document = dict[str, Any]
NOT_FOUND = 404
EVERYWHERE = "*"


class Objects:
    """Every verb raises ApiError when the API server refuses, and httpx2.HTTPError when it does not answer.

    What changes anything raises LeaderLost first, unless it `may_write`.
    """

    def __init__(self, client: AsyncClient, may_write: Callable[[], bool] = lambda: True) -> None:
        self._client: Any = client  # its generic kinds know no types
        self._may_write = may_write

    async def get(self, resource: Resource, name: str, namespace: str) -> Document | None:
        """An object, or None if it is not there."""
        try:
            return _document(await self._client.get(resource, name, namespace=namespace))
        except ApiError as problem:
            if problem.status.code == NOT_FOUND:
                return None
            raise

    async def all(self, resource: Resource, namespace: str, labels: Mapping[str, str] | None = None) -> list[Document]:
        """All objects of a kind that bear these labels."""
        found = self._client.list(resource, namespace=namespace, labels=dict(labels) if labels else None)
        return [_document(one) async for one in found]

    async def create(self, resource: Resource, document: Document, namespace: str) -> None:
        """Make an object."""
        self._guard()
        await self._client.create(resource.from_dict(document), namespace=namespace)

    async def replace(self, resource: Resource, document: Document, namespace: str) -> None:
        """Replace an object, unless it was changed since it was read."""
        self._guard()
        await self._client.replace(resource.from_dict(document), namespace=namespace)

    async def merge(self, resource: Resource, name: str, body: Document, namespace: str) -> Document:
        """Change some fields of an object; returns all of it."""
        self._guard()
        return _document(
            await self._client.patch(resource, name, body, namespace=namespace, patch_type=PatchType.MERGE)
        )

    async def apply(
        self, resource: Any, document: Document, namespace: str, *, manager: str, dry_run: bool = False
    ) -> Document:
        """Apply by the server, in the name of `manager`, whoever else has set these fields; returns the whole object."""
        if not dry_run:
            self._guard()
        name = document["metadata"]["name"]
        answer = await self._client.patch(
            resource, name, document, namespace=namespace, patch_type=PatchType.APPLY, field_manager=manager, force=True,
            dry_run=dry_run,
        )  # fmt: skip
        return _document(answer)

    def _guard(self) -> None:
        if not self._may_write():
            raise LeaderLost


def _document(answer: Any) -> Document:
    found: Document = answer.to_dict()
    return found


def refused_fields(problem: ApiError) -> tuple[str, ...]:
    """The fields that the API server refused. Their values are nobody's business."""
    details = problem.status.details
    return tuple(sorted({one.field for one in (details.causes if details else None) or () if one.field}))


def why_refused(problem: ApiError) -> str:
    """Why it refused something, without any value."""
    fields = refused_fields(problem)
    return f"{problem.status.reason or problem.status.code}{f' at {chr(44).join(fields)}' if fields else ''}"
