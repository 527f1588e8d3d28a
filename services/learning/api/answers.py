"""Answers as bytes, and the versions of what can be edited: ETag out, If-Match in."""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Response

from shared.errors import PreconditionFailed, PreconditionRequired

JSON = "application/json"


def answer(body: Any, *, status: HTTPStatus = HTTPStatus.OK, version: int | None = None) -> Response:
    """`body` (dataclasses, lists, dicts) as JSON. The route declares its model for the documentation; here it is not run again."""
    headers = {} if version is None else {"etag": etag(version)}
    return Response(msgspec.json.encode(body), status, headers, media_type=JSON)


def page(items: Any) -> Response:
    """A whole list in the form of a page; there is no next one."""
    return answer({"items": items, "next": None})


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


async def _expected_version(
    if_match: Annotated[str | None, Header(description="The ETag of the version you edit", examples=['"3"'])] = None,
) -> int:
    if if_match is None:
        raise PreconditionRequired("Send If-Match with the ETag of what you read, so that nobody's edit is lost.")
    tag = if_match.strip()
    if tag[:1] == '"' == tag[-1:] and tag[1:-1].isdecimal() and tag.isascii() and len(tag) < len('"2147483647"'):
        return int(tag[1:-1])
    raise PreconditionFailed('If-Match must be the ETag of what you read, for example "3".')


ExpectedVersion = Annotated[int, Depends(_expected_version)]
