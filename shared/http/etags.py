"""Entity tags: which version an answer shows. A reader need not load again what it has, an editor overwrites nobody's work."""

import re
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import PreconditionFailed, PreconditionRequired

LONGEST_LIST = 4096
OURS = re.compile(r'"([0-9]{1,9})(?:-[0-9a-f]{32})?"')
TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
KEPT = (b"cache-control", b"content-location", b"date", b"etag", b"expires", b"vary")
READS = ("GET", "HEAD")


def of_version(version: int) -> str:
    """The strong tag of a row's version, as `"3"`."""
    return f'"{version}"'


def of_bytes(body: bytes, version: int | None = None) -> str:
    """The strong tag of an answer that holds more than its row, or no row: of its very bytes. `version` is for edits of the row."""
    digest = sha256(body).hexdigest()[:32]
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a reader has it: one of the tags in its list, weakly compared, is `etag`, or it asks for `*`."""
    if not if_none_match or len(if_none_match) > LONGEST_LIST:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag.removeprefix("W/") in TAG.findall(if_none_match)


class NotModified:
    """Middleware: whatever a reader's If-None-Match says that it has already is answered 304 without a body.

    It goes by the ETag of the answer, so that a route which sends one has no more to do; the OpenAPI document goes by the same.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        known = _known(scope)
        if not known:
            await self.app(scope, receive, send)
            return
        dropped = False

        async def unless_known(message: Message) -> None:
            nonlocal dropped
            if message["type"] == "http.response.start":
                dropped = _names(message, known)
                await send(_without_body(message) if dropped else message)
            elif not dropped:
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await self.app(scope, receive, unless_known)


def _known(scope: Scope) -> str | None:
    """What a reader has, if it says so."""
    if scope["type"] != "http" or scope["method"] not in READS:
        return None
    return ", ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match") or None


def _names(start: Message, known: str) -> bool:
    etag = next((value for name, value in start["headers"] if name.lower() == b"etag"), None)
    return start["status"] == HTTPStatus.OK and etag is not None and matches(known, etag.decode("latin-1"))


def _without_body(start: Message) -> Message:
    headers = [(name, value) for name, value in start["headers"] if name.lower() in KEPT]
    return {"type": "http.response.start", "status": HTTPStatus.NOT_MODIFIED.value, "headers": headers}


async def _expected_version(
    if_match: Annotated[str | None, Header(description="The ETag of the version you edit", examples=['"3"'])] = None,
) -> int:
    if if_match is None:
        raise PreconditionRequired("Send If-Match with the ETag of what you read, so that nobody's edit is lost.")
    if ours := OURS.fullmatch(if_match.strip()):
        return int(ours[1])
    raise PreconditionFailed('If-Match must be the ETag of what you read, for example "3".')


ExpectedVersion = Annotated[int, Depends(_expected_version)]
