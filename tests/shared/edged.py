"""A service with routes of the tests' own, to see what every request meets at the edge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import BaseModel
from sqlalchemy import text

from services.activity.main import SERVICE
from services.activity.settings import Settings
from shared.dapr import Sidecar
from shared.http.access import Caller, public
from shared.http.answers import answer
from shared.http.app import build_app
from shared.http.etags import ExpectedVersion
from tests.running import Running, running

router = APIRouter()
EDGED = "/api/activity/v1/edged"


class Thing(BaseModel):
    """Anything."""

    thing: Any


@router.get("/edged/items/{item_id}", dependencies=[Depends(public)])
async def item(item_id: str) -> Response:
    """A version of something."""
    return answer({"item": item_id}, version=3, headers={"cache-control": "no-cache"})


@router.put("/edged/items/{item_id}", dependencies=[Depends(public)])
async def edit(item_id: str, version: ExpectedVersion) -> Response:
    """An edit."""
    return answer({"item": item_id}, version=version + 1)


@router.get("/edged/mine")
async def mine(caller: Caller) -> dict[str, UUID]:
    """Something for a person."""
    return {"user_id": caller.user_id}


@router.get("/edged/page", dependencies=[Depends(public)])
async def html() -> Response:
    """A page with a policy of its own."""
    return Response("<p>", headers={"Content-Security-Policy": "default-src 'self'"}, media_type="text/html")


@router.get("/edged/sleep", dependencies=[Depends(public)])
async def sleep(request: Request) -> None:
    """Far too slow."""
    async with request.app.state.database.reading() as connection:
        await connection.execute(text("select pg_sleep(20)"))


@router.post("/edged/things", dependencies=[Depends(public)])
async def things(body: Thing) -> dict[str, str]:
    """Takes anything."""
    return {"took": type(body.thing).__name__}


@router.post("/edged/broken", dependencies=[Depends(public)])
async def broken() -> None:
    """Fails as nobody foresaw."""
    raise RuntimeError("ada@example.org sent token=canary-in-an-error")


def create_app(settings: Settings, sidecar: Sidecar | None = None) -> FastAPI:
    """The activity service with them."""
    return build_app(replace(SERVICE, routers=[*SERVICE.routers, router]), settings, sidecar=sidecar)


@asynccontextmanager
async def edged(database_url: str, **overrides: Any) -> AsyncIterator[Running]:
    """That service, running; `overrides` are settings."""
    async with running(create_app, Settings, database_url, **overrides) as run:
        yield run
