"""Liveness and readiness.

Readiness is refused only while starting or draining: a dependency that is away would take every pod away at once.
"""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from shared.db.database import Database
from shared.http.access import public

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])


@dataclass
class Readiness:
    """Whether this process wants requests."""

    ready: bool = False


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive; touches no dependency."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 while serving, with the dependencies that are away in `degraded`; 503 while starting or draining."""
    readiness: Readiness = request.app.state.readiness
    if not readiness.ready:
        return JSONResponse({"status": "starting or draining"}, HTTPStatus.SERVICE_UNAVAILABLE)
    database: Database = request.app.state.database
    degraded = [] if await database.answers() else ["database"]
    return JSONResponse({"status": "ready", "degraded": degraded})
