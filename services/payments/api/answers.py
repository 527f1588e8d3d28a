"""Answers: read models straight to bytes. The declared response model describes them in OpenAPI and is not run."""

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import Response

JSON = "application/json"


def answer(view: object, *, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """`view` (a dataclass, or lists and dictionaries of them) as JSON."""
    return Response(msgspec.json.encode(view), status, headers, media_type=JSON)


def example(value: Any) -> dict[str, Any]:
    """The part of a route's `responses` that shows an answer."""
    return {"content": {JSON: {"example": value}}}
