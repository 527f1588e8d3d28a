"""The one layer around every app, as pure ASGI: limits, request id, span, headers, figures, access log, last resort.

Everything happens in one pass: each further layer would cost every request another set of calls.
"""

import asyncio
import logging
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from shared.http import problems
from shared.http.figures import IN_PROGRESS, count_request
from shared.http.headers import AnswerHeaders, NamedHeaders
from shared.http.logs import request_id
from shared.telemetry import begin_span, context_of, end_span

logger = logging.getLogger("codezest.access")

QUIET = ("/healthz", "/readyz", "/metrics", "/bus/log", "/dapr/")  # not traced and not logged: nearly all there is
SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
WANTED = frozenset({b"traceparent", b"x-request-id", b"content-length", b"authorization", b"cookie"})
LONGEST_LENGTH = 15  # digits; Python refuses to read numbers of thousands of them
CLIENT_ERROR, SERVER_ERROR = 400, 500


@dataclass(frozen=True, kw_only=True)
class EdgeRules:
    """What the edge holds requests to. `draining` says whether this process wants no further ones."""

    body_bytes: int = 1024 * 1024
    header_bytes: int = 32 * 1024
    seconds: float = 30.0
    slow_seconds: float = 1.0
    log_ratio: float = 0.01
    headers: AnswerHeaders
    draining: Callable[[], bool]


class Edge:
    """The middleware. `rules` are the same for every route."""

    def __init__(self, app: ASGIApp, rules: EdgeRules) -> None:
        self.app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(self._rules, scope, receive, send)
        token = request_id.set(exchange.id)
        IN_PROGRESS.inc()
        try:
            await self._within_span(exchange)
        finally:
            IN_PROGRESS.dec()
            request_id.reset(token)

    async def _within_span(self, exchange: "Exchange") -> None:
        scope = exchange.scope
        if scope["path"].startswith(QUIET):
            await self._counted(exchange)
            return
        traceparent = exchange.given.get(b"traceparent")
        context = context_of({"traceparent": traceparent.decode("latin-1")}) if traceparent else Context()
        current, token = begin_span(scope["method"], kind=SpanKind.SERVER, context=context)
        try:
            await self._counted(exchange)
        finally:
            if current.is_recording():
                _describe(current, exchange)
            end_span(current, token)

    async def _counted(self, exchange: "Exchange") -> None:
        started = time.perf_counter()
        try:
            await self._answered(exchange)
        finally:
            seconds = time.perf_counter() - started
            count_request(exchange.scope["method"], template(exchange.scope), exchange.status, seconds)
            self._log(exchange, seconds)

    async def _answered(self, exchange: "Exchange") -> None:
        limit = asyncio.timeout(self._rules.seconds)
        try:
            if refusal := exchange.refusal():
                await exchange.say(problems.of_http(refusal), last=True)
                return
            async with limit:
                await self.app(exchange.scope, exchange.receive, exchange.send)
        except Exception as error:
            if exchange.status:
                raise  # half an answer is out: the server can only cut the connection
            if limit.expired():
                logger.warning("%s was cut after %g s", template(exchange.scope), self._rules.seconds)
                await exchange.say(problems.timed_out(self._rules.seconds), last=True)
            else:
                await exchange.say(await problems.unexpected(Request(exchange.scope), error))

    def _log(self, exchange: "Exchange", seconds: float) -> None:
        rules, status = self._rules, exchange.status
        failed = status >= SERVER_ERROR or (status >= CLIENT_ERROR and not exchange.scope["path"].startswith(QUIET))
        if not (failed or seconds >= rules.slow_seconds):
            sampled = random.random() < rules.log_ratio  # noqa: S311 - a sample, no secret
            if exchange.scope["path"].startswith(QUIET) or not (sampled or logger.isEnabledFor(logging.DEBUG)):
                return
        logger.info("request", extra={"fields": exchange.summary(seconds)})


class Exchange:
    """One request and its answer. `status` is 0 until the answer has begun."""

    __slots__ = (
        "_receive",
        "_rules",
        "_send",
        "given",
        "header_bytes",
        "id",
        "last",
        "read",
        "scope",
        "sent",
        "status",
    )

    def __init__(self, rules: EdgeRules, scope: Scope, receive: Receive, send: Send) -> None:
        self._rules, self.scope, self._receive, self._send = rules, scope, receive, send
        self.read = self.sent = self.status = self.header_bytes = 0
        self.last = False
        self.given: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            self.header_bytes += len(name) + len(value)
            if name in WANTED:
                self.given[name] = value
        asked = self.given.get(b"x-request-id", b"").decode("latin-1")
        self.id = asked if SANE_ID.fullmatch(asked) else str(uuid7())

    def refusal(self) -> HTTPException | None:
        """Why this request is not even begun, None if it may be."""
        if self.header_bytes > self._rules.header_bytes:
            return HTTPException(431, f"Send at most {self._rules.header_bytes} bytes of headers.")
        announced = self.given.get(b"content-length", b"0")
        if announced.isdigit() and (len(announced) > LONGEST_LENGTH or int(announced) > self._rules.body_bytes):
            return self._too_large()
        return None

    async def receive(self) -> Message:
        """The ASGI channel in. HTTPException 413 once the body has grown over the limit."""
        message = await self._receive()
        self.read += len(message.get("body", b""))
        if self.read > self._rules.body_bytes:
            self.last = True
            raise self._too_large()
        return message

    async def send(self, message: Message) -> None:
        """The ASGI channel out; the answer leaves with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(message.get("headers", ()))}
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def say(self, answer: Response, *, last: bool = False) -> None:
        """Answer without the app; `last` ends the connection, on which an unread body may still be coming."""
        self.last = self.last or last
        await answer(self.scope, self.receive, self.send)

    def summary(self, seconds: float) -> dict[str, object]:
        """What the access log says of it."""
        return {
            "method": self.scope["method"],
            "route": template(self.scope),
            "status": self.status,
            "ms": round(seconds * 1000, 1),
            "bytes": self.sent,
            "user_id": self.scope.get("caller"),
        }

    def _headers(self, own: NamedHeaders) -> NamedHeaders:
        signed_in = b"authorization" in self.given or b"cookie" in self.given
        added = self._rules.headers.for_answer(own, path=self.scope["path"], signed_in=signed_in)
        closing = [(b"connection", b"close")] if self.last or self._rules.draining() else []
        return [*own, *added, (b"x-request-id", self.id.encode()), *closing]

    def _too_large(self) -> HTTPException:
        return HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {self._rules.body_bytes} bytes in one request."
        )


def _describe(current: Span, exchange: Exchange) -> None:
    scope = exchange.scope
    current.update_name(f"{scope['method']} {template(scope)}")
    current.set_attribute("http.request.method", scope["method"])
    current.set_attribute("url.path", scope["path"])
    current.set_attribute("http.response.status_code", exchange.status)
    current.set_attribute("request.id", exchange.id)
    if exchange.status >= SERVER_ERROR or not exchange.status:  # without one, it was cut
        current.set_status(StatusCode.ERROR)


def template(scope: Scope) -> str:
    """The path with names instead of values, as `/api/learning/v1/lessons/{lesson_id}`; no path of a stranger's choosing."""
    # FastAPI keeps the route as it was included, with its whole path, here; `route` has only its own part of it.
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context, "path_format", None) or getattr(scope.get("route"), "path", None)
    return path or "(no route)"
