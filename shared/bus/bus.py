"""One service's bus: its log, its lanes, and the workers that keep them moving."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from http import HTTPStatus

from shared.bus import metrics
from shared.bus.apply import Applier, JoinedUow
from shared.bus.cursors import Cursors, LaneId
from shared.bus.envelope import Envelope, LogPage
from shared.bus.handlers import Handlers
from shared.bus.lane import Lane
from shared.bus.parked import Parking, reason_of
from shared.bus.source import PAGE_ROWS, Relay, Source
from shared.bus.tail import Tail
from shared.bus.unit_of_work import Writing
from shared.dapr import Sidecar, SidecarError
from shared.db.database import Database
from shared.db.schema import BusTables
from shared.worker import Stuck, Worker, run_workers

PULL_SECONDS, PULL_SPREAD = 1.0, 1.0
RETRY_SECONDS = 1.0
PAGE_SECONDS = 10.0


class NotFollowed(Exception):
    """This service handles nothing of that source."""


class BadSource(Stuck):
    """A source that does not answer with its log, or no longer has what this consumer needs."""


class Bus:
    """Emits this service's events and applies those it handles. `start` and `stop` frame its life."""

    def __init__(
        self, service: str, database: Database, tables: BusTables, sidecar: Sidecar, *, broker: bool = True
    ) -> None:
        self.service = service
        self.broker = broker
        self.source = Source(service, database, tables)
        self._database = database
        self._tables = tables
        self._sidecar = sidecar
        self._relay = Relay(self.source, sidecar, announce=broker)
        self._lanes: dict[str, Lane] = {}
        self._handlers = Handlers()
        self._running = AsyncExitStack()
        self.writing = Writing(sessions=database.sessions, tables=tables, wake=self._relay.wake)

    @property
    def topics(self) -> list[str]:
        """The topics this service wants delivered: the names of the services it follows; none with the broker off."""
        return self._handlers.sources if self.broker else []

    async def start(self, handlers: Handlers, uow: JoinedUow, tails: Sequence[Tail] = ()) -> None:
        """Open log and cursors, then keep them moving until `stop`."""
        self._handlers = handlers
        applier = Applier(handlers, self._tables, uow, self._relay.wake)
        cursors = Cursors(self.service, self._database, self._tables)
        parking = Parking(self._database, self._tables, applier, cursors)
        await self.source.open()
        lanes = await cursors.open(handlers)
        self._lanes = {lane.source: self._lane(lane, applier) for lane in lanes if not lane.backfills}
        backfills = [self._lane(lane, applier, busy=self._lanes[lane.source].busy) for lane in lanes if lane.backfills]
        workers = [
            *self._relay.workers,
            Worker(name="retrying parked events", work=parking.retry_due, every=RETRY_SECONDS),
            *(
                Worker(
                    name=f"reading {lane.id.source} for {lane.id.consumer}",
                    work=lane.pull,
                    every=PULL_SECONDS,
                    spread=PULL_SPREAD,
                )
                for lane in (*self._lanes.values(), *backfills)
            ),
            *(tail.worker(self.source, cursors) for tail in tails),
        ]
        await self._running.enter_async_context(run_workers(workers))

    def _lane(self, lane: LaneId, applier: Applier, *, busy: asyncio.Lock | None = None) -> Lane:
        return Lane(lane, self._database, self._tables, applier, self._read_log, busy=busy)

    async def stop(self) -> None:
        """End the workers; what they had not committed is taken up at the next start."""
        await self._running.aclose()

    async def deliver(self, event: Envelope) -> None:
        """Apply an event that the broker brought. Raises as `Lane.deliver`, NotFollowed."""
        if (lane := self._lanes.get(event.source)) is None:
            raise NotFollowed(f"{self.service} does not follow {event.source}")
        await lane.deliver(event)

    async def _read_log(self, source: str, after: int) -> LogPage:
        try:
            answer = await self._sidecar.poll(source, f"/bus/log?after={after}&limit={PAGE_ROWS}", timeout=PAGE_SECONDS)
            page = LogPage.model_validate(answer)
        except SidecarError as error:
            if error.status == HTTPStatus.GONE:
                raise BadSource(
                    f"the log of {source} no longer holds position {after + 1}, and {self.service} has not applied it yet: "
                    "restore the log, or a copy of this service's database that is further on"
                ) from error
            raise
        except ValueError as error:  # no JSON, or not of a page
            metrics.REFUSED.labels("bad-page").inc()
            raise BadSource(f"{source} answered what is not a page of a log: {reason_of(error)}") from None
        if page.source != source or (page.events and page.events[0].position != after + 1):
            metrics.REFUSED.labels("bad-page").inc()
            raise BadSource(f"{source} was asked for what follows {after} and answered {page.source} with other events")
        return page
