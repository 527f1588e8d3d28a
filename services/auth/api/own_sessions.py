"""The caller's sessions: where they are signed in, and ending that."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.auth.api.deps import Needs
from services.auth.api.fields import Limit
from services.auth.domain.sessions import Client, LastUsed, SessionNotFound, end_others, end_session
from shared.errors import Unauthenticated
from shared.http import problems
from shared.http.access import Caller, Owner
from shared.http.answers import page
from shared.http.cursors import After, CursorInvalid

router = APIRouter(tags=["sessions"])


class SessionShown(BaseModel):
    """A place where one is signed in. `device` is what the client said of itself; `current` is the one that asks."""

    id: UUID
    device: str | None = Field(examples=["Firefox on Linux"])
    client: Client
    created_at: datetime
    last_used_at: datetime
    current: bool


class SessionPage(BaseModel):
    """A page of them, the one used last first. `next` is the `after` of the following page, null on the last one."""

    items: list[SessionShown]
    next: str | None


@router.get("/sessions", response_model=SessionPage, responses=problems.responses(Unauthenticated, CursorInvalid))
async def list_sessions(caller: Caller, needs: Needs, limit: Limit = 100, after: After = None) -> Response:
    """Where the caller is signed in."""
    whose, mark = caller.user_id, needs.session_cursors.open(after, caller.user_id)
    found = await needs.own_sessions.open_of(
        whose, current=caller.session_id, at=needs.now(), after=mark, limit=limit + 1
    )
    items, more = needs.session_cursors.cut(found, limit, lambda one: LastUsed(at=one.last_used_at, id=one.id), whose)
    return page(items, next=more)


@router.delete(
    "/sessions/{session_id:uuid}",  # "current" and "refresh" are none
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems.responses(Unauthenticated, SessionNotFound),
)
async def end_one_session(session_id: UUID, caller: Owner, needs: Needs) -> None:
    """End one of the caller's sessions: a device that was lost, for example."""
    await end_session(needs.uow(), session_id=session_id, owner=caller.user_id, at=needs.now())


@router.delete("/sessions", status_code=HTTPStatus.NO_CONTENT, responses=problems.responses(Unauthenticated))
async def end_other_sessions(caller: Caller, needs: Needs) -> None:
    """Sign out everywhere else."""
    await end_others(needs.uow(), owner=caller.user_id, kept=caller.session_id, at=needs.now())
