from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.stripe import api, doors
from tools.stripe.pages import Pages
from tools.stripe.standin import Standin


def create_app(standin: Standin) -> Starlette:
    """The stand-in as an ASGI application; webhooks are sent while its lifespan lasts."""
    tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with standin.at_work() as started:
            tasks.extend(started)
            yield

    async def healthz(_: Request) -> Response:
        ended = [task for task in tasks if task.done()]
        if ended or not tasks:
            return JSONResponse({"status": "webhooks are not being sent: restart the stand-in"}, 503)
        return JSONResponse({"status": "ok"})

    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=standin.settings.names)
    routes = [Route("/healthz", healthz), *Pages(standin).routes(), *doors.routes(standin), *api.routes(standin)]
    return Starlette(routes=routes, middleware=[hosts], lifespan=lifespan)
