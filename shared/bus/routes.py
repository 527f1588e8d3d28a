"""The bus's three doors. Only the sidecar comes through them: they are outside /api and demand its token."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ValidationError

from shared.bus.bus import Bus
from shared.bus.envelope import Envelope, LogPage
from shared.bus.lane import SourceLost
from shared.bus.source import PAGE_ROWS
from shared.dapr import PUBSUB, SidecarError
from shared.db.database import is_infrastructure
from shared.http.access import sidecar_only

logger = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False, dependencies=[Depends(sidecar_only)])

SUCCESS, RETRY = {"status": "SUCCESS"}, {"status": "RETRY"}


def _bus(request: Request) -> Bus:
    bus: Bus = request.app.state.bus
    return bus


@router.get("/dapr/subscribe")
async def subscriptions(request: Request) -> list[dict[str, Any]]:
    """What the sidecar is to deliver, and where."""
    return [{"pubsubname": PUBSUB, "topic": topic, "route": f"/bus/deliver/{topic}"} for topic in _bus(request).topics]


@router.post("/bus/deliver/{topic}")
async def deliver(topic: str, request: Request) -> dict[str, str]:
    """An event from the broker. Never DROP: whatever is wrong with it, the log has the truth and the next pull reads it."""
    try:
        event = Envelope.model_validate_json(await request.body())
    except ValidationError as error:
        logger.warning("a delivery on topic %s is not an event of ours: %s", topic, error.errors(include_input=False))
        return SUCCESS
    if event.source != topic:
        logger.warning("refused %s: it claims to come from %s on the topic of %s", event.id, event.source, topic)
        return SUCCESS
    try:
        await _bus(request).deliver(event)
    except (SidecarError, SourceLost) as error:
        logger.info("%s at %s/%d is left to the next pull: %s", event.type, topic, event.position, error)
    except Exception as error:
        if not is_infrastructure(error):
            raise
        logger.warning("%s at %s/%d: the database is away: %s", event.type, topic, event.position, error)
        return RETRY
    return SUCCESS


@router.get("/bus/log")
async def log(
    request: Request,
    after: Annotated[int, Query(ge=0)],
    limit: Annotated[int, Query(ge=1, le=PAGE_ROWS)] = PAGE_ROWS,
) -> LogPage:
    """This service's log after a position, for its consumers."""
    return await _bus(request).source.read(after=after, limit=limit)
