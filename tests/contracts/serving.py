"""Each service as it really is, on a port of this machine, and a way to be somebody there."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import uvicorn
from uuid_utils.compat import uuid7

from services.payments.domain.provider import PaymentProvider
from services.payments.main import create_app as create_payments
from shared.events.auth import EmailVerified, UserCreated
from tests.auth.people import account, bearer, let_in
from tests.payments.fakes import FakeProvider
from tests.running import Running, running

ROLES: dict[str, tuple[str, ...]] = {"Ada": (), "Brian": ("author",), "Grace": ("admin",)}
SECRETS = {
    "auth-token-key": "5eed" * 16,
    "auth-demo-password": "amber-birch-candle-dahlia-ember-finch",
}

SignIn = Callable[[str], Coroutine[Any, Any, str]]
"""Somebody of the cast, newly arrived -> what to send as Authorization."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """A service at work."""

    url: str
    document: dict[str, Any]
    sign_in: SignIn


@asynccontextmanager
async def served(service: str, database_url: str) -> AsyncIterator[Served]:
    """`services.<service>` on a port of its own; only its sidecar and the payment provider are fakes."""
    module = importlib.import_module(f"services.{service}.main")
    settings = importlib.import_module(f"services.{service}.settings").Settings
    create_app = partial(create_payments, open_provider=_in_memory) if service == "payments" else module.create_app
    async with running(create_app, settings, database_url, secrets=SECRETS) as run, _listening(run) as url:
        sign_in = _with_account(run) if service == "auth" else _with_made_token(run)
        yield Served(url=url, document=run.app.openapi(), sign_in=sign_in)


def _in_memory(_settings: Any, _platform: Any) -> AbstractAsyncContextManager[PaymentProvider]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[PaymentProvider]:
        yield FakeProvider()

    return opened()


@asynccontextmanager
async def _listening(run: Running) -> AsyncIterator[str]:
    config = uvicorn.Config(run.app, host="127.0.0.1", port=0, http="httptools", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await serving


def _with_made_token(run: Running) -> SignIn:
    known: dict[str, UUID] = {}

    async def sign_in(name: str) -> str:
        if name not in known:
            known[name] = user_id = uuid7()
            await _arrive(run, user_id, name)
        return run.sign_in(known[name], *ROLES[name])["authorization"]

    return sign_in


async def _arrive(run: Running, user_id: UUID, name: str) -> None:
    created = UserCreated(user_id=user_id, name=name, locale="en", timezone="Europe/Vienna")
    for event in (created, EmailVerified(user_id=user_id)):
        if run.app.state.handlers.get(event.event_type):
            await run.happens(event, actor=user_id)


def _with_account(run: Running) -> SignIn:
    async def sign_in(name: str) -> str:
        # A password to be hashed for every request would be most of the time that all requests take.
        tokens = await let_in(run, await account(run, *ROLES[name], name=name))
        return bearer(tokens)["authorization"]

    return sign_in
