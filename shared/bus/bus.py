"""One service's bus: its log, its lanes, and the tasks that keep them moving."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine

from sqlalchemy.exc import NoResultFound

from shared.bus.apply import Applier, JoinedUow
from shared.bus.cursors import Cursors
from shared.bus.envelope import Envelope, LogPage
from shared.bus.handlers import Handlers
from shared.bus.lane import Lane, SourceLost
from shared.bus.parked import Parking
from shared.bus.quiet import Quiet
from shared.bus.source import PAGE_ROWS, Relay, Source
from shared.bus.unit_of_work import Writing
from shared.dapr import Sidecar, SidecarError
from shared.db.database import Database
from shared.db.schema import BusTables

logger = logging.getLogger(__name__)

PULL_SECONDS = (1.0, 2.0)  # jitter keeps replicas and services from pulling in step
RETRY_SECONDS = 1.0


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
        self._backfills: list[Lane] = []
        self._handlers = Handlers()
        self._tasks: list[asyncio.Task[None]] = []
        self.writing = Writing(sessions=database.sessions, tables=tables, wake=self._relay.wake)

    @property
    def topics(self) -> list[str]:
        """The topics this service wants delivered: the names of the services it follows; none with the broker off."""
        return self._handlers.sources if self.broker else []

    async def start(self, handlers: Handlers, uow: JoinedUow) -> None:
        """Open log and cursors, then keep them moving until `stop`."""
        self._handlers = handlers
        applier = Applier(handlers, self._tables, uow, self._relay.wake)
        parking = Parking(self._database, self._tables, applier)
        cursors = Cursors(self.service, self._database, self._tables)
        await self.source.open()
        for lane_id in await cursors.open(handlers):
            lane = Lane(lane_id, self._database, self._tables, applier, self._read_log)
            if lane_id.consumer == self.service:
                self._lanes[lane_id.source] = lane
            else:
                self._backfills.append(lane)
        self._spawn("assign", self._relay.assign_forever())
        self._spawn("announce", self._relay.announce_forever())
        self._spawn("retry", self._repeat("retrying parked events", lambda: RETRY_SECONDS, parking.retry_due))
        for lane in self._lanes.values():
            self._spawn(f"pull {lane.id.source}", self._pull_forever(lane))
        for lane in self._backfills:
            self._spawn(f"backfill {lane.id.consumer}", self._backfill(lane, cursors))

    async def stop(self) -> None:
        """End the tasks; what they had not committed is taken up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def deliver(self, event: Envelope) -> None:
        """Apply an event that the broker brought; sources we do not follow are ignored. Raises as `Lane.deliver`."""
        if lane := self._lanes.get(event.source):
            await lane.deliver(event)

    def _spawn(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=f"bus {name}"))

    async def _read_log(self, source: str, after: int) -> LogPage:
        answer = await self._sidecar.poll(source, f"/bus/log?after={after}&limit={PAGE_ROWS}", timeout=10.0)
        return LogPage.model_validate(answer)

    async def _pull_forever(self, lane: Lane) -> None:
        await self._repeat(f"pulling {lane.id.source}", lambda: random.uniform(*PULL_SECONDS), lane.pull)  # noqa: S311 - jitter

    async def _backfill(self, lane: Lane, cursors: Cursors) -> None:
        """Catch up for a handler that was added later, until its type joins the main lane."""
        quiet = Quiet()
        while True:
            try:
                await lane.pull()
                if await cursors.join(lane.id):
                    logger.info("%s has caught up with %s", lane.id.consumer, lane.id.source)
                    return
            except NoResultFound:
                return  # another replica joined it
            except Exception as error:  # noqa: BLE001 - a background task must not end
                if quiet.may_speak():
                    logger.warning("backfilling %s stopped, trying again: %s", lane.id.consumer, error)
            await asyncio.sleep(RETRY_SECONDS)

    @staticmethod
    async def _repeat(what: str, pause: Callable[[], float], work: Callable[[], Awaitable[object]]) -> None:
        quiet = Quiet()
        while True:
            await asyncio.sleep(pause())
            try:
                await work()
            except SourceLost as lost:
                if quiet.may_speak():
                    logger.critical("%s", lost)
            except SidecarError as error:
                if quiet.may_speak():
                    logger.warning("%s failed, trying again: %s", what, error)
            except Exception:
                if quiet.may_speak():
                    logger.exception("%s failed, trying again", what)
