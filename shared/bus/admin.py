"""The bus for admins, in every service below /api/<service>/v1/bus: look, redrive, skip."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from shared.bus.operations import LONGEST_REASON, NoParkedId, Operations, ParkedId, ReasonRefused
from shared.bus.overview import BusOverview, ParkedPage, ParkedState, Redriven, SkippedPage, SkippedShown
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.http import problems
from shared.http.access import Principal, has_role
from shared.http.cursors import After, CursorOf
from shared.http.text import Text

ADMIN = has_role("admin")
LOOKING = problems.responses(Unauthenticated, Forbidden)
ACTING = problems.responses(Unauthenticated, Forbidden, NotFound, NoParkedId)

SKIPPING = problems.responses(Unauthenticated, Forbidden, NotFound, NoParkedId, ReasonRefused)

router = APIRouter(prefix="/bus", tags=["bus"], dependencies=[Depends(ADMIN)])


async def _operations(request: Request) -> Operations:
    made: Operations = request.app.state.operations
    return made


Bus = Annotated[Operations, Depends(_operations)]
ParkedIdText = Annotated[
    str, Field(max_length=400, description="consumer/source/position", examples=["activity/auth/1839"])
]
Limit = Annotated[int, Query(ge=1, le=500)]


class Redrive(BaseModel):
    """Any parked event of the key that is to be tried again."""

    model_config = ConfigDict(extra="forbid")

    id: ParkedIdText


class Skip(BaseModel):
    """The one event to skip, and why that is right: the reason is kept for ever, with your name."""

    model_config = ConfigDict(extra="forbid")

    id: ParkedIdText
    reason: Text = Field(max_length=LONGEST_REASON, examples=["a test account, gone since"])


@router.get("", responses=LOOKING)
async def show_bus(bus: Bus) -> BusOverview:
    """Where this service's bus stands: its own log and outbox, its cursors in others' logs, what is parked."""
    return await bus.overview()


@router.get("/parked", responses=problems.responses(Unauthenticated, Forbidden, NoParkedId))
async def list_parked_events(
    request: Request,
    bus: Bus,
    limit: Limit = 100,
    after: After = None,
    state: ParkedState | None = None,
) -> ParkedPage:
    """The parked events, by consumer, source and position; on request those in one state."""
    cursors = CursorOf(request.app.state.cursors, "parked", str)
    place = cursors.open(after, state)
    page = await bus.parked(after=None if place is None else ParkedId.parse(place), limit=limit, state=state)
    return page.model_copy(update={"next": page.next and cursors.seal(page.next, state)})


@router.get("/skipped", responses=LOOKING)
async def list_skipped_events(
    request: Request,
    bus: Bus,
    limit: Limit = 100,
    after: After = None,
) -> SkippedPage:
    """The events that were skipped, newest first: which, by whom and why."""
    cursors = CursorOf(request.app.state.cursors, "skipped", str)
    place = cursors.open(after)
    page = await bus.skipped(after=None if place is None else int(place), limit=limit)
    return page.model_copy(update={"next": page.next and cursors.seal(page.next)})


@router.post("/redrive", responses=ACTING)
async def redrive_events(given: Redrive, bus: Bus) -> Redriven:
    """Have all parked events of this one's key tried again at once, the earliest first."""
    return await bus.redrive(ParkedId.parse(given.id))


@router.post("/skip", responses=SKIPPING)
async def skip_event(given: Skip, bus: Bus, caller: Annotated[Principal, Depends(ADMIN)]) -> SkippedShown:
    """Give one parked event up: this service never applies it, and its key goes on. It cannot be taken back."""
    return await bus.skip(ParkedId.parse(given.id), actor=caller.user_id, reason=given.reason)
