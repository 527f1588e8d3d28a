"""The activity service: the feed of what happened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.activity.api import events, feed
from services.activity.api.deps import Deps
from services.activity.data.feed import FeedReads, SqlUow
from services.activity.domain.feed import Mark
from services.activity.settings import Settings
from shared.dapr import Sidecar
from shared.db.activity import bus
from shared.http.app import Platform, Service, Wiring, build_app
from shared.http.cursors import CursorOf


def create_app(settings: Settings | None = None, sidecar: Sidecar | None = None) -> FastAPI:
    """The ASGI app of the service."""
    return build_app(SERVICE, settings or Settings(), sidecar=sidecar)


@asynccontextmanager
async def compose(platform: Platform) -> AsyncIterator[Wiring]:
    """Bind the service's parts to each other."""
    deps = Deps(feed=FeedReads(platform.database), cursors=CursorOf(platform.cursors, "feed", Mark))
    yield Wiring(deps=deps, uow=partial(SqlUow, platform.writing))


SERVICE = Service(title="activity", tables=bus, routers=[feed.router], handlers=events.handlers, compose=compose)
