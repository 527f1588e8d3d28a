"""Public pages, kept as bytes and answered before the framework is asked: for whoever comes without a name.

A page is what a GET without Authorization and Cookie was answered: the same for everybody. It is kept until the version of what
the pages show has changed, and is never answered later than `FRESH_SECONDS` after that version was last looked at.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from prometheus_client import Counter
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRESH_SECONDS = 1.0
LOOK_EVERY, LOOK_SPREAD = 0.25, 0.1  # seconds between looks at the version: twice within FRESH_SECONDS, with room
MAX_BYTES = 16 * 1024 * 1024  # of all pages of a process
MAX_QUERY = 200  # a longer query is nobody's who reads the documentation

# Caches on the way may show a page for a second, and for four more while they fetch the next: five seconds in all for a
# course that was taken back, and a crowd costs us one request a second. Who is signed in gets something else at the same
# address, hence Vary.
PUBLIC = ((b"cache-control", b"public, max-age=1, stale-while-revalidate=4"), (b"vary", b"Authorization"))

# Whose answer is for one person, or for a part of the page.
PRIVATE = frozenset({b"authorization", b"cookie", b"range"})

ANSWERS = Counter(
    "codezest_public_pages",
    "Public pages asked for, by where they came from: kept (in memory), made (by the framework, for whatever reason)",
    ["source"],
)
_KEPT, _MADE = ANSWERS.labels("kept"), ANSWERS.labels("made")

Key = tuple[str, bytes]
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """An answer, and what the framework found out about its request: metrics and spans go by the route."""

    headers: Headers
    body: bytes
    found: dict[str, Any]

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return len(self.body) + 1024


class PublicPages:
    """The pages of one process. `follow` must be called again and again, or nothing is kept."""

    def __init__(self, *, max_bytes: int = MAX_BYTES, now: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._now = now
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._bytes = 0
        self._version: Hashable | None = None
        self._looked_at = float("-inf")

    @property
    def size(self) -> int:
        """Bytes of all pages."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._pages)

    async def follow(self, version: Callable[[], Awaitable[Hashable]]) -> None:
        """Look at the version, and forget every page of another one, or if it cannot be had. Raises what `version` raises."""
        began = self._now()  # a change after this moment may have been missed
        try:
            found = await version()
        except BaseException:
            self._forget()
            raise
        if found != self._version:
            self._forget()
        self._version, self._looked_at = found, began

    def version(self) -> Hashable | None:
        """The version that pages are of just now; None while nobody knows."""
        return self._version if self._now() - self._looked_at < FRESH_SECONDS else None

    def get(self, key: Key) -> Page | None:
        """The page, if it may still be shown."""
        if (page := self._pages.get(key)) is None or self.version() is None:
            return None
        self._pages.move_to_end(key)
        return page

    def keep(self, key: Key, page: Page, *, version: Hashable | None) -> None:
        """Keep a page that was begun at `version`, unless that has passed; those that were asked for longest ago go."""
        if version is None or version != self.version():
            return
        self._drop(key)
        self._pages[key] = page
        self._bytes += page.size
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._pages)))

    def _drop(self, key: Key) -> None:
        if (page := self._pages.pop(key, None)) is not None:
            self._bytes -= page.size

    def _forget(self) -> None:
        self._pages.clear()
        self._bytes = 0
        self._version = None


class PublicPagesMiddleware:
    """Answers from `pages` whatever it can; `paths` are route templates such as `/api/learning/v1/courses/{slug}`."""

    def __init__(self, app: ASGIApp, pages: PublicPages, paths: Sequence[str]) -> None:
        self.app = app
        self._pages = pages
        self._paths: list[re.Pattern[str]] = [compile_path(path)[0] for path in paths]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if not self._is_public(scope):
            await self.app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"])
        if (page := self._pages.get(key)) is None:
            _MADE.inc()
            await self._make(key, scope, receive, send)
        else:
            _KEPT.inc()
            scope.update(page.found)
            await _answer(page, send)

    def _is_public(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and any(path.match(scope["path"]) for path in self._paths)
            and len(scope["query_string"]) <= MAX_QUERY
            and PRIVATE.isdisjoint([name for name, _ in scope["headers"]])
        )

    async def _make(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        version = self._pages.version()  # before anything is read
        start: Message | None = None
        body = b""

        async def hold(message: Message) -> None:
            """Hold a page back until it is whole; let anything else through."""
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None or message["type"] != "http.response.body":
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    page = _page(start, body, scope)
                    self._pages.keep(key, page, version=version)
                    await _answer(page, send)

        await self.app(scope, receive, hold)


def _is_page(start: Message) -> bool:
    """Only a plain 200 that does not depend on more than its address."""
    named = {name.lower() for name, _ in start["headers"]}
    return bool(start["status"] == HTTPStatus.OK) and named.isdisjoint({b"set-cookie", b"vary", b"cache-control"})


def _page(start: Message, body: bytes, scope: Scope) -> Page:
    headers = [(name.lower(), value) for name, value in start["headers"]]
    tag = dict(headers).get(b"etag") or f'"{blake2b(body, digest_size=12).hexdigest()}"'.encode()
    others = [(name, value) for name, value in headers if name != b"etag"]
    # What shared.http.edge.template reads, and nothing else of that request.
    context = scope.get("fastapi", {}).get("effective_route_context")
    found = {"route": scope.get("route"), "fastapi": {"effective_route_context": context}}
    return Page(headers=[*others, (b"etag", tag), *PUBLIC], body=body, found=found)


async def _answer(page: Page, send: Send) -> None:
    # The list is a copy: layers above add headers of their own to it.
    await send({"type": "http.response.start", "status": HTTPStatus.OK.value, "headers": [*page.headers]})
    await send({"type": "http.response.body", "body": page.body})
