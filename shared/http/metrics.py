"""What Prometheus reads: this process's own figures, and where the service's bus stands in the database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from shared.bus.operations import Operations
from shared.bus.overview import BusOverview
from shared.db.database import is_infrastructure
from shared.http.access import public

logger = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])

DATABASE_SECONDS = 3.0  # Prometheus waits ten for the whole answer
STATES = ("retrying", "waiting", "dead")
LANE = ("consumer", "source")

# Else every counter brings a series that says when it began; Prometheus finds resets by itself.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left its annotation out


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A gauge of a service's own, read from its database."""

    name: str
    meaning: str
    value: float


Figures = Callable[[], Awaitable[Sequence[Figure]]]


class StoredCollector(Collector):
    """The gauges that come from the database. Every replica of a service reports the same: take their maximum."""

    def __init__(self, overview: BusOverview | None, figures: Sequence[Figure] = ()) -> None:
        self._overview = overview
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """All of them; without an overview only that the database is away."""
        yield _plain("codezest_database_up", "1 if the database answered this scrape", self._overview is not None)
        if (overview := self._overview) is None:
            return
        yield _plain("codezest_bus_head_position", "The last position of the service's own log", overview.head.position)
        yield _plain("codezest_bus_outbox_rows", "Events that have no position yet", overview.outbox.rows)
        age = overview.outbox.oldest_seconds or 0
        yield _plain("codezest_bus_outbox_age_seconds", "Age of the oldest of them, 0 if there is none", age)
        yield from _lanes(overview)
        yield _parked(overview)
        yield from (_plain(figure.name, figure.meaning, figure.value) for figure in self._figures)


def _plain(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _lanes(overview: BusOverview) -> Iterator[Metric]:
    position = GaugeMetricFamily("codezest_bus_cursor_position", "How far a consumer has come in a source", labels=LANE)
    lag = GaugeMetricFamily("codezest_bus_lag_events", "Events of a source not applied yet, once known", labels=LANE)
    for cursor in overview.cursors:
        lane = (cursor.consumer, cursor.source)
        position.add_metric(lane, cursor.position)
        if cursor.lag is not None:
            lag.add_metric(lane, cursor.lag)
    yield position
    yield lag


def _parked(overview: BusOverview) -> Metric:
    # A series that has once been there must fall to 0: one that vanishes keeps its last value for minutes.
    counts = {(c.consumer, c.source, state): 0 for c in overview.cursors for state in STATES}
    counts |= {(c.consumer, c.source, c.state): c.events for c in overview.parked}
    parked = GaugeMetricFamily("codezest_bus_parked", "Parked events by state", labels=(*LANE, "state"))
    for labels, events in counts.items():
        parked.add_metric(labels, events)
    return parked


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus's text format. With the database away, what this process knows by itself."""
    stored = CollectorRegistry()
    stored.register(await _stored(request))
    return Response(generate_latest(REGISTRY) + generate_latest(stored), media_type=CONTENT_TYPE_PLAIN_0_0_4)


async def _stored(request: Request) -> StoredCollector:
    operations: Operations = request.app.state.operations
    figures: Figures | None = request.app.state.figures
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return StoredCollector(await operations.overview(), await figures() if figures else ())
    except Exception as error:
        if not is_infrastructure(error):
            raise
        logger.info("metrics without the database: %s", type(error).__name__)
        return StoredCollector(None)
