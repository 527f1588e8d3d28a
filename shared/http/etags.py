"""Entity tags: which version an answer shows. A reader need not load again what it has, an editor overwrites nobody's work."""

import re
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from shared.errors import PreconditionFailed, PreconditionRequired

LONGEST_LIST = 4096
LONGEST_VERSION = len('"2147483647"')
TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
KEPT = ("cache-control", "content-location", "date", "etag", "expires", "vary", "x-request-id")
READS = ("GET", "HEAD")


def of_version(version: int) -> str:
    """The strong tag of a row's version, as `"3"`."""
    return f'"{version}"'


def of_bytes(body: bytes) -> str:
    """The strong tag of an answer that has no version: of its very bytes."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a reader has it: one of the tags in its list, weakly compared, is `etag`, or it asks for `*`."""
    if not if_none_match or len(if_none_match) > LONGEST_LIST:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag.removeprefix("W/") in TAG.findall(if_none_match)


def unless_known(request: Request, answer: Response) -> Response:
    """The answer, or 304 without a body where a reader's If-None-Match says that it has what `answer`'s ETag names."""
    etag = answer.headers.get("etag")
    if request.method not in READS or etag is None or not matches(request.headers.get("if-none-match"), etag):
        return answer
    return Response(status_code=304, headers={name: answer.headers[name] for name in KEPT if name in answer.headers})


async def _expected_version(
    if_match: Annotated[str | None, Header(description="The ETag of the version you edit", examples=['"3"'])] = None,
) -> int:
    if if_match is None:
        raise PreconditionRequired("Send If-Match with the ETag of what you read, so that nobody's edit is lost.")
    tag = if_match.strip()
    if tag[:1] == '"' == tag[-1:] and tag[1:-1].isdecimal() and tag.isascii() and len(tag) < LONGEST_VERSION:
        return int(tag[1:-1])
    raise PreconditionFailed('If-Match must be the ETag of what you read, for example "3".')


ExpectedVersion = Annotated[int, Depends(_expected_version)]
