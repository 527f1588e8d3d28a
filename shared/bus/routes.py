"""The bus's three doors, outside /api: the sidecar comes through two of them, consumers through the third."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from shared.bus import metrics
from shared.bus.bus import Bus, NotFollowed
from shared.bus.envelope import Envelope
from shared.bus.parked import reason_of
from shared.bus.source import ENVELOPE_BYTES, PAGE_ROWS
from shared.dapr import PUBSUB
from shared.db.database import is_infrastructure
from shared.errors import Unavailable
from shared.events.event import MAX_EVENT_BYTES
from shared.http.access import service_only, sidecar_only
from shared.worker import Stuck

logger = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)
OWN_SIDECAR, CONSUMERS = [Depends(sidecar_only)], [Depends(service_only())]

MAX_DELIVERY_BYTES = MAX_EVENT_BYTES + 4 * ENVELOPE_BYTES  # the broker's sidecar adds attributes of its own

SUCCESS, RETRY = {"status": "SUCCESS"}, {"status": "RETRY"}


def _bus(request: Request) -> Bus:
    bus: Bus = request.app.state.bus
    return bus


@router.get("/dapr/subscribe", dependencies=OWN_SIDECAR)
async def subscriptions(request: Request) -> list[dict[str, Any]]:
    """What the sidecar is to deliver, and where."""
    return [{"pubsubname": PUBSUB, "topic": topic, "route": f"/bus/deliver/{topic}"} for topic in _bus(request).topics]


@router.post("/bus/deliver/{topic}", dependencies=OWN_SIDECAR)
async def deliver(topic: str, request: Request) -> dict[str, str]:
    """An event from the broker. Never DROP: whatever is wrong with it, the log has the truth and the next pull reads it."""
    body = await request.body()
    if len(body) > MAX_DELIVERY_BYTES:
        return _refused("oversized", f"a delivery on topic {topic} of {len(body)} bytes")
    try:
        event = Envelope.model_validate_json(body)
    except ValidationError as error:
        return _refused("malformed", f"a delivery on topic {topic}: {reason_of(error)}")
    if event.source != topic:
        return _refused("wrong-topic", f"{event.id}: it claims to come from {event.source} on the topic of {topic}")
    try:
        await _bus(request).deliver(event)
    except NotFollowed as error:
        return _refused("not-followed", f"{event.id}: {error}")
    except (Unavailable, Stuck) as error:
        logger.info("%s at %s/%d is left to the next pull: %s", event.type, topic, event.position, error)
    except Exception as error:
        if not is_infrastructure(error):
            raise
        logger.warning("%s at %s/%d: the database is away: %s", event.type, topic, event.position, error)
        return RETRY
    return SUCCESS


def _refused(reason: str, what: str) -> dict[str, str]:
    metrics.REFUSED.labels(reason).inc()
    logger.warning("refused %s", what)
    return SUCCESS


@router.get("/bus/log", dependencies=CONSUMERS)
async def log(
    request: Request,
    after: Annotated[int, Query(ge=0)],
    limit: Annotated[int, Query(ge=1, le=PAGE_ROWS)] = PAGE_ROWS,
) -> Response:
    """This service's log after a position, for its consumers: a LogPage. 410 where it was trimmed."""
    page = await _bus(request).source.read(after=after, limit=limit)
    return Response(page.model_dump_json(), media_type="application/json")
