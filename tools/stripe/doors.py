"""Doors that real Stripe does not have, for tests: what otherwise takes a month or an unlucky network."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.stripe import deliveries, subscriptions
from tools.stripe.errors import StripeError, invalid_param
from tools.stripe.params import Params, parse
from tools.stripe.standin import Standin
from tools.stripe.store import Json
from tools.stripe.views import shown

_MOST_REPLAYS: Final = 1000

Door = Callable[[Standin, str, Params], Json]


def routes(standin: Standin) -> list[Route]:
    """POST only; an unknown id is answered as the API answers it."""
    doors: tuple[tuple[str, Door], ...] = (
        ("/_test/subscriptions/{id}/cancel", _cancel),
        ("/_test/subscriptions/{id}/renew", _renew),
        ("/_test/events/{id}/replay", _replay),
    )
    return [Route(path, _opening(standin, door), methods=["POST"]) for path, door in doors]


def _opening(standin: Standin, door: Door) -> Callable[[Request], Awaitable[Response]]:
    async def open_door(request: Request) -> Response:
        try:
            return JSONResponse(door(standin, request.path_params["id"], Params(parse(request.url.query))))
        except StripeError as error:
            return Response(json.dumps(error.body()), error.status, media_type="application/json")

    return open_door


def _cancel(standin: Standin, id_: str, params: Params) -> Json:
    with standin.change() as change:
        return shown(subscriptions.cancel(change, params, id_))


def _renew(standin: Standin, id_: str, params: Params) -> Json:
    params.only()
    with standin.change() as change:
        return shown(subscriptions.renew(change, id_, base_url=standin.settings.base_url))


def _replay(standin: Standin, id_: str, params: Params) -> Json:
    params.only("times")
    times = params.integer("times") or 1
    if not 1 <= times <= _MOST_REPLAYS:
        raise invalid_param("times", f"times must be from 1 to {_MOST_REPLAYS}.")
    with standin.change() as change:
        change.store.get("event", id_)
        deliveries.enqueue(change.store, id_, at=time.time(), times=times)
    return {"event": id_, "times": times}
