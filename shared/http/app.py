"""The app factory: everything a service has beside its own routes, handlers and adapters."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from uuid_utils.compat import uuid7

from shared.bus import admin as bus_admin
from shared.bus import routes as bus_routes
from shared.bus.apply import JoinedUow
from shared.bus.bus import Bus
from shared.bus.handlers import Handlers
from shared.bus.operations import Operations
from shared.bus.tail import Tail
from shared.bus.unit_of_work import Writing
from shared.dapr import DaprSidecar, Sidecar
from shared.db.database import Database
from shared.db.schema import BusTables
from shared.errors import Unavailable
from shared.http import documentation, health, metrics, problems
from shared.http.cursors import Cursors
from shared.http.edge import Edge, EdgeRules
from shared.http.etags import NotModified
from shared.http.headers import AnswerHeaders
from shared.http.health import Readiness
from shared.http.metrics import Figures
from shared.http.pages import PublicPages, PublicPagesMiddleware
from shared.http.revocations import AGE, Revocations, following
from shared.http.tokens import REFETCH_SECONDS, RENEW_SECONDS, FetchKeys, TokenVerifier
from shared.settings import ServiceSettings
from shared.telemetry import start_tracing
from shared.worker import Worker, run_workers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What the plumbing hands to a service's composition root."""

    settings: ServiceSettings
    sidecar: Sidecar
    database: Database
    writing: Writing
    pages: PublicPages
    cursors: Cursors
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What a composition root gives back.

    `deps` is what its routes find under `request.app.state.deps`; `uow` makes the unit of work for event handlers;
    `workers` run in the background from start to stop; `tails` keep its caches up to date; `jwks` and `revocations` are
    for the service that issues access tokens: its own keys and list, where the others ask it for them; `figures` are
    what `/metrics` tells of its tables.
    """

    deps: object
    uow: JoinedUow
    workers: Sequence[Worker] = ()
    tails: Sequence[Tail] = ()
    jwks: FetchKeys | None = None
    revocations: Revocations | None = None
    figures: Figures | None = None


Compose = Callable[[Platform], AbstractAsyncContextManager[Wiring]]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, declared: its title, tables, routes (under /api/<service>/v1, or outside /api), handlers and composition.

    `public_pages` are the routes, below /api/<service>/v1, whose answers to the nameless are kept: see shared.http.pages.
    """

    title: str
    tables: BusTables
    routers: Sequence[APIRouter]
    internal_routers: Sequence[APIRouter] = ()
    public_pages: Sequence[str] = ()
    handlers: Handlers = field(default_factory=Handlers)
    compose: Compose


def build_app(service: Service, settings: ServiceSettings, *, sidecar: Sidecar | None = None) -> FastAPI:
    """The ASGI app. `sidecar` replaces Dapr's in tests that run without one."""
    readiness, pages = Readiness(), PublicPages()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.deps, app.state.bus = await _start(service, settings, sidecar, stack, app)
            readiness.ready = True
            logger.info("%s is ready", settings.service)
            yield
            readiness.ready = False

    prefix = f"/api/{settings.service}"
    kept = [f"{prefix}/v1{path}" for path in service.public_pages]
    app = FastAPIOffline(
        docs_url=f"{prefix}/docs",
        redoc_url=None,
        title=f"CodeZest {service.title}",
        version="1",
        openapi_url=f"{prefix}/openapi.json",
        static_url=f"{prefix}/docs-assets",
        swagger_ui_oauth2_redirect_url=f"{prefix}/docs/oauth2-redirect",
        generate_unique_id_function=documentation.operation_id,
        lifespan=lifespan,
        middleware=[
            Middleware(Edge, rules=_rules(settings, readiness, docs=f"{prefix}/docs")),
            Middleware(NotModified),
            *([Middleware(PublicPagesMiddleware, pages=pages, paths=kept)] if kept else []),
        ],
        # One ASGI span of our own costs a third of FastAPI's native telemetry, which switches itself on.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.app_token = settings.app_api_token
    app.state.readiness = readiness
    app.state.pages = pages
    app.state.settings = settings  # for shared.http.serve, which makes the server
    app.state.handlers = service.handlers  # for docs/events.md, which names the consumers
    problems.install(app)
    documentation.install(app)
    for router in (*service.routers, bus_admin.router):
        app.include_router(router, prefix=f"{prefix}/v1")
    for router in (*service.internal_routers, bus_routes.router, health.router, metrics.router):
        app.include_router(router)
    return app


def _rules(settings: ServiceSettings, readiness: Readiness, *, docs: str) -> EdgeRules:
    return EdgeRules(
        seconds=settings.request_seconds,
        log_ratio=settings.access_log_ratio,
        headers=AnswerHeaders(https=settings.public_url.startswith("https://"), docs=docs),
        draining=lambda: not readiness.ready,
    )


async def _start(
    service: Service, settings: ServiceSettings, sidecar: Sidecar | None, stack: AsyncExitStack, app: FastAPI
) -> tuple[object, Bus]:
    provider = start_tracing(
        service=settings.service,
        instance=settings.instance,
        endpoint=settings.otlp_endpoint,
        ratio=settings.trace_ratio,
    )
    stack.callback(provider.shutdown)
    sidecar = sidecar or await _dapr(settings, stack)
    database = await _database(settings, sidecar, stack)
    app.state.database = database
    secret = f"{settings.service}-cursor-key"
    app.state.cursors = cursors = Cursors(await sidecar.secret(secret), secret=secret)
    app.state.operations = Operations(settings.service, database, service.tables)
    bus = Bus(settings.service, database, service.tables, sidecar, broker=settings.broker)
    platform = Platform(
        settings=settings,
        sidecar=sidecar,
        database=database,
        writing=bus.writing,
        pages=app.state.pages,
        cursors=cursors,
        now=lambda: datetime.now(UTC),
        new_id=uuid7,
    )
    wiring = await stack.enter_async_context(service.compose(platform))
    fetch_keys = wiring.jwks or (lambda: sidecar.poll("auth", "/.well-known/jwks.json"))
    app.state.figures = wiring.figures
    revocations = wiring.revocations or Revocations()
    AGE.set_function(lambda: revocations.age)
    app.state.tokens = tokens = TokenVerifier(
        fetch_keys,
        issuer=settings.public_url,
        revocations=revocations,
        pause=0 if wiring.jwks else REFETCH_SECONDS,
    )
    renewing = Worker(name="auth's keys", work=tokens.renew, every=RENEW_SECONDS, spread=1)
    await bus.start(service.handlers, wiring.uow, wiring.tails)
    stack.push_async_callback(bus.stop)
    asked_for = [] if wiring.revocations else [following(sidecar, revocations)]
    await stack.enter_async_context(run_workers([*asked_for, renewing, *wiring.workers]))
    return wiring.deps, bus


async def _dapr(settings: ServiceSettings, stack: AsyncExitStack) -> DaprSidecar:
    sidecar = await stack.enter_async_context(DaprSidecar(settings.dapr_http_port, api_token=settings.dapr_api_token))
    await sidecar.wait_until_up(settings.start_timeout)
    return sidecar


async def _database(settings: ServiceSettings, sidecar: Sidecar, stack: AsyncExitStack) -> Database:
    password = await sidecar.secret(f"{settings.service}-database-password")
    application = settings.instance or settings.service
    database = Database(
        settings.database_url, password=password, pool_size=settings.database_pool, application=application
    )
    stack.push_async_callback(database.close)
    deadline = asyncio.get_running_loop().time() + settings.start_timeout
    while not await database.answers():
        if asyncio.get_running_loop().time() > deadline:
            raise Unavailable(
                f"the database did not answer within {settings.start_timeout:.0f} s: {settings.database_url}"
            )
        await asyncio.sleep(0.2)
    return database
