"""The reference: Starlette, asyncpg and msgspec with the same query and nothing else. No token is looked at."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tools.bench.peers.http_query import COURSES


class Card(msgspec.Struct):
    """A course in the list."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    published_at: datetime
    lessons: int
    minutes: int


class Page(msgspec.Struct):
    """The list."""

    items: list[Card]
    next: str | None = None


_encoder = msgspec.json.Encoder()


async def courses(request: Request) -> Response:
    """The catalogue."""
    pool: asyncpg.Pool[asyncpg.Record] = request.app.state.pool
    rows: list[Any] = await pool.fetch(COURSES)
    return Response(_encoder.encode(Page([Card(*row) for row in rows])), media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Ten connections, as a service has."""
    async with asyncpg.create_pool(os.environ["CODEZEST_BENCH_DATABASE"], min_size=10, max_size=10) as pool:
        app.state.pool = pool
        yield


app = Starlette(routes=[Route("/courses", courses)], lifespan=lifespan)
