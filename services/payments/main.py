"""The payments service: plans, checkouts, subscriptions, entitlements; Stripe takes the money."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

from fastapi import FastAPI

from services.payments.api import checkouts, entitlements, events, plans, subscriptions, webhook
from services.payments.api.deps import Deps
from services.payments.data.prices import KeptPrices
from services.payments.data.reads import SqlReads
from services.payments.data.stripe import open_stripe
from services.payments.data.unit_of_work import SqlUow
from services.payments.domain.desk import Desk
from services.payments.domain.provider import PaymentProvider
from services.payments.domain.refresh import Refresher
from services.payments.domain.sweep import Sweeper
from services.payments.settings import Settings
from shared.cache.values import Cache
from shared.dapr import Sidecar
from shared.db.payments import bus
from shared.http.app import Platform, Service, Wiring, build_app
from shared.telemetry import continuing
from shared.worker import Worker

REFRESH_SECONDS = 1.0  # for what another replica heard, and what is due again; this one's own webhooks wake it

OpenProvider = Callable[[Settings, Platform], AbstractAsyncContextManager[PaymentProvider]]


@asynccontextmanager
async def stripe_provider(settings: Settings, platform: Platform) -> AsyncIterator[PaymentProvider]:
    """Stripe, with the key and the webhook secret from the secret store."""
    api_key = await platform.sidecar.secret("payments-stripe-api-key")
    webhook_secret = await platform.sidecar.secret("payments-stripe-webhook-secret")
    async with open_stripe(settings.stripe_api_base, api_key=api_key, webhook_secret=webhook_secret) as provider:
        yield provider


@asynccontextmanager
async def compose(platform: Platform, *, open_provider: OpenProvider = stripe_provider) -> AsyncIterator[Wiring]:
    """Bind the service's parts to each other."""
    settings = cast("Settings", platform.settings)  # create_app gave them
    heard = asyncio.Event()
    uow = partial(SqlUow, platform.writing)
    async with open_provider(settings, platform) as provider:
        prices = KeptPrices(provider, Cache(platform.sidecar, namespace="payments"))
        desk = Desk(uow=uow, provider=provider, prices=prices, now=platform.now, new_id=platform.new_id)
        deps = Deps(
            desk=desk,
            prices=prices,
            provider=provider,
            reads=SqlReads(platform.database),
            uow=uow,
            heard=heard.set,
            now=platform.now,
            origin=settings.public_url.rstrip("/"),
        )
        yield Wiring(deps=deps, uow=uow, workers=workers(settings, platform, provider, heard))


SERVICE = Service(
    title="payments",
    tables=bus,
    routers=[plans.router, checkouts.router, subscriptions.router, entitlements.router, webhook.router],
    handlers=events.handlers,
    compose=compose,
)


def create_app(
    settings: Settings | None = None, sidecar: Sidecar | None = None, open_provider: OpenProvider = stripe_provider
) -> FastAPI:
    """The ASGI app of the service. `open_provider` is for tests that need no Stripe."""
    service = replace(SERVICE, compose=partial(compose, open_provider=open_provider))
    return build_app(service, settings or Settings(), sidecar=sidecar)


def workers(settings: Settings, platform: Platform, provider: PaymentProvider, heard: asyncio.Event) -> list[Worker]:
    """Refreshing customers that we heard of, and looking for what we did not hear."""
    uow = partial(SqlUow, platform.writing)
    refresher = Refresher(
        uow=uow,
        provider=provider,
        now=platform.now,
        new_id=platform.new_id,
        traced=lambda errand: continuing("refresh customer", errand.traceparent),
    )
    sweeper = Sweeper(
        uow=uow,
        provider=provider,
        now=platform.now,
        every=timedelta(seconds=settings.stripe_sweep_seconds),
        overlap=timedelta(seconds=settings.stripe_sweep_overlap_seconds),
        found=heard.set,
    )
    return [
        Worker(name="customer refresh", work=refresher.refresh_due, every=REFRESH_SECONDS, wake=heard),
        Worker(name="stripe sweep", work=sweeper.sweep_if_due, every=settings.stripe_sweep_seconds),
    ]
