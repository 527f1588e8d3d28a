"""Answers as bytes: read models straight to JSON. The route declares its model for the documentation; it is not run again."""

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import Response

from shared.http import etags

JSON = "application/json"


def answer(
    body: Any,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    version: int | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """`body` (dataclasses, lists, dicts) as JSON; `version` becomes its ETag."""
    tag = {} if version is None else {"etag": etags.of_version(version)}
    return Response(msgspec.json.encode(body), status, {**tag, **(headers or {})}, media_type=JSON)


def shown(body: Any, *, version: int | None = None) -> Response:
    """`body` for readers who may ask again: its ETag is of its bytes, and of the `version` that an edit has to name."""
    content = msgspec.json.encode(body)
    return Response(content, headers={"etag": etags.of_bytes(content, version)}, media_type=JSON)


def page(items: Any, *, next: str | None = None) -> Response:  # noqa: A002 - the field's name in every list
    """A list, and the cursor of its next page."""
    return answer({"items": items, "next": next})
