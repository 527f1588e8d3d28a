"""The `/v1` surface: authentication, idempotency and the table of endpoints."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tools.stripe import checkout, customers, listing, subscriptions
from tools.stripe.change import Change, new_id
from tools.stripe.errors import StripeError
from tools.stripe.listing import Resource
from tools.stripe.params import Params, parse
from tools.stripe.settings import API_VERSION
from tools.stripe.standin import Standin
from tools.stripe.store import Answered, Json
from tools.stripe.views import expand, page, shown

_LONGEST_KEY: Final = 255
_LARGEST_BODY: Final = 1 << 20


@dataclass(frozen=True)
class Call:
    """What an endpoint works on: one transaction, the parameters and the id in the path ("" if there is none)."""

    change: Change
    params: Params
    id: str
    base_url: str


Endpoint = Callable[[Call], Json]


def _line_items(call: Call) -> Json:
    call.params.only("limit")
    session = call.change.store.get("checkout.session", call.id)
    url = f"/v1/checkout/sessions/{call.id}/line_items"
    return page(url, session["line_items"]["data"], has_more=False)


_ENDPOINTS: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("POST", "/v1/customers", lambda call: customers.create(call.change, call.params)),
    ("POST", "/v1/customers/{id}", lambda call: customers.update(call.change, call.params, call.id)),
    (
        "POST",
        "/v1/checkout/sessions",
        lambda call: checkout.create(call.change, call.params, base_url=call.base_url),
    ),
    ("POST", "/v1/checkout/sessions/{id}/expire", lambda call: checkout.expire(call.change, call.params, call.id)),
    ("GET", "/v1/checkout/sessions/{id}/line_items", _line_items),
    ("POST", "/v1/subscriptions/{id}", lambda call: subscriptions.update(call.change, call.params, call.id)),
    ("DELETE", "/v1/subscriptions/{id}", lambda call: subscriptions.cancel(call.change, call.params, call.id)),
)


def routes(standin: Standin) -> list[Route]:
    """Every endpoint; whatever else is under `/v1` is answered as Stripe answers it."""
    endpoints = [(method, path, work) for method, path, work in _ENDPOINTS]
    for resource in listing.RESOURCES:
        endpoints += [("GET", resource.path, _list(resource)), ("GET", f"{resource.path}/{{id}}", _retrieve(resource))]
    found = [Route(path, _answering(standin, work), methods=[method]) for method, path, work in endpoints]
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [*found, Route("/v1/{id:path}", _answering(standin, _unrecognized), methods=every)]


def _unrecognized(call: Call) -> Json:
    raise StripeError(404, f"Unrecognized request URL (/v1/{call.id}).")


def _list(resource: Resource) -> Endpoint:
    return lambda call: listing.listed(call.change.store, resource, call.params)


def _retrieve(resource: Resource) -> Endpoint:
    return lambda call: listing.retrieve(call.change.store, resource, call.params, call.id)


def _answering(standin: Standin, work: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body = await request.body()
        request_id = new_id("req", length=14)
        try:
            _authorise(standin, request)
            return _perform(standin, request, body, work, request_id)
        except StripeError as error:
            return _response(error.status, json.dumps(error.body(), indent=2).encode(), request_id)

    return answer


def _authorise(standin: Standin, request: Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise StripeError(401, "You did not provide an API key. Send it as 'Authorization: Bearer YOUR_SECRET_KEY'.")
    if not hmac.compare_digest(key.encode(), standin.settings.api_key.encode()):
        raise StripeError(401, "Invalid API Key provided.")
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(400, f"The local stand-in speaks {API_VERSION} only, not {version}: bring both in step.")


def _perform(standin: Standin, request: Request, body: bytes, work: Endpoint, request_id: str) -> Response:
    if len(body) > _LARGEST_BODY:
        raise StripeError(413, "The request is larger than 1 MiB.")
    fields = parse("&".join(filter(None, (request.url.query, body.decode("utf-8", "replace")))))
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    endpoint, sent = f"{request.method} {request.url.path}", json.dumps(fields, sort_keys=True)
    params = Params(fields)
    with standin.change(request_id=request_id, idempotency_key=key) as change:
        if key is not None and (first := _first_answer(change, key, endpoint, sent)) is not None:
            replayed = {"Idempotent-Replayed": "true", "Original-Request": first.request_id, "Idempotency-Key": key}
            return _response(200, first.body, request_id, replayed)
        call = Call(change, params, request.path_params.get("id", ""), standin.settings.base_url)
        result = shown(work(call))
        expanded = expand(change.store, result, params.strings("expand"))
        answer = json.dumps(expanded, indent=2).encode()
        if key is None:
            return _response(200, answer, request_id)
        # With the effect, in one transaction: a retry after a crash finds both or neither.
        change.store.remember_answer(key, Answered(endpoint, sent, request_id, answer), at=change.at)
    return _response(200, answer, request_id, {"Idempotency-Key": key, "Original-Request": request_id})


def _first_answer(change: Change, key: str, endpoint: str, sent: str) -> Answered | None:
    if len(key) > _LONGEST_KEY:
        raise StripeError(400, f"Idempotency keys can have up to {_LONGEST_KEY} characters.")
    first = change.store.answered(key)
    if first is not None and (first.endpoint, first.params) != (endpoint, sent):
        used = "same parameters" if first.endpoint == endpoint else "same endpoint"
        message = (
            f"Keys for idempotent requests can only be used with the {used} they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise StripeError(400, message, type_="idempotency_error")
    return first


def _response(status: int, body: bytes, request_id: str, extra: dict[str, str] | None = None) -> Response:
    headers = {
        "Cache-Control": "no-cache, no-store",
        "Request-Id": request_id,
        "Stripe-Version": API_VERSION,
        **(extra or {}),
    }
    return Response(body, status, headers, media_type="application/json")
