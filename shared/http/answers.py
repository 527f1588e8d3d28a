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


def page(items: Any, *, next: str | None = None) -> Response:  # noqa: A002 - the field's name in every list
    """A list, and the cursor of its next page."""
    return answer({"items": items, "next": next})
