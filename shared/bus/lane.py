"""One consumer's way through one source's log (T3): strictly in order, effects and cursor in one commit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from pydantic import ValidationError

from shared.bus import metrics
from shared.bus.apply import Applier
from shared.bus.cursors import Cursors, LaneId, LaneOver, Place
from shared.bus.envelope import Envelope, LogPage
from shared.bus.parked import reason_of
from shared.db.database import Database, is_infrastructure
from shared.db.schema import BusTables
from shared.worker import Stuck

logger = logging.getLogger(__name__)

PATIENCE = 5  # failures at one position that are put down to the infrastructure
DEATHS = 3  # processes that may die at one event before it is taken for the killer

ReadLog = Callable[[str, int], Awaitable[LogPage]]


class SourceLost(Stuck):
    """The source was restored to a time before what this consumer has already applied: a person must decide."""


class _Gap(Exception):
    """The events at hand do not start where the cursor stands."""


class Lane:
    """Applies events to this service. In this process one at a time; across replicas the cursor row's lock sees to it.

    `read_log(source, after)` returns the source's log after a position; Unavailable when it is away, Stuck when it never
    will. A backfill takes turns with its main lane by sharing `busy`: it meets it sooner when that stands still.
    """

    def __init__(
        self,
        lane: LaneId,
        database: Database,
        tables: BusTables,
        applier: Applier,
        read_log: ReadLog,
        *,
        busy: asyncio.Lock | None = None,
    ) -> None:
        self.id = lane
        self.over = False
        self._database = database
        self._cursors = Cursors(lane.service, database, tables)
        self._applier = applier
        self._read_log = read_log
        self.busy = busy or asyncio.Lock()
        self._arrived: dict[int, Envelope] = {}
        self._blamed_at, self._blamed = 0, 0
        self._careful = True
        self._stopped = False  # what the broker still brings of a source that lost something is not applied
        self._known: Place | None = None  # where this process last left the cursor; another replica may have gone on

    async def deliver(self, event: Envelope) -> None:
        """Apply an event the broker brought, with all that is before it. Returns once it is applied, parked or known.

        Raises what the database raises while it is away, Unavailable when a gap cannot be pulled, Stuck.
        """
        self._arrived[event.position] = event
        try:
            async with self.busy:
                if event.position in self._arrived:
                    await self._drain()
        finally:
            self._arrived.pop(event.position, None)

    async def pull(self) -> None:
        """Apply whatever the source has beyond the cursor. Raises as `deliver` does."""
        more = not self.over
        while more:
            async with self.busy:
                try:
                    more = await self._pull_page() and not self.over
                except LaneOver:  # another replica joined it
                    self.over, more = True, False

    async def _drain(self) -> None:
        """Apply what arrived while it joins on to the cursor; a gap is pulled from the source."""
        while True:
            remembered = self._known
            place = self._known = remembered or await self._cursors.read(self.id)
            for position in [p for p in self._arrived if p <= place.position]:
                del self._arrived[position]
            if not self._arrived:
                return
            self._known = None
            if batch := [] if self._stopped else self._joining(place):
                await self._apply_unless_moved(batch, "delivered")
            elif remembered is None:
                beyond = list(self._arrived.values())
                if not await self._pull_page():
                    self._refuse(beyond, await self._cursors.read(self.id))

    def _joining(self, place: Place) -> list[Envelope]:
        batch: list[Envelope] = []
        position = place.position + 1
        while (event := self._arrived.get(position)) is not None and event.epoch == place.epoch:
            batch.append(event)
            position += 1
        return batch

    def _refuse(self, events: Sequence[Envelope], place: Place) -> None:
        """What is beyond all the source has is another epoch's, or forged: not ours to keep."""
        for event in events:
            if event.position <= place.position:
                continue
            self._arrived.pop(event.position, None)
            reason = "beyond-head" if event.epoch == place.epoch else "other-epoch"
            metrics.REFUSED.labels(reason).inc()
            logger.warning(
                "refused %s at %s/%d of epoch %s (%s): its source does not have it",
                *(event.type, event.source, event.position, event.epoch, reason),
            )

    async def _pull_page(self) -> bool:
        """Read one page after the cursor and apply it. False when there was nothing."""
        place = await self._cursors.read(self.id)
        page = await self._ask(place)
        if page.epoch != place.epoch:
            await self._adopt(page)
        if place.limit is None:
            path, due = "pulled", page.events
        else:
            path, due = "backfilled", [event for event in page.events if place.reaches(event.position)]
            if not due and place.position < place.limit:
                raise SourceLost(f"{self.id.source} has no events up to {place.limit}, where {self.id.service} stands")
        # A backfill takes along what is beyond its limit: by the time it has the lock, the main lane may have got there.
        if page.events or (place.limit is not None and place.meets):
            await self._apply_unless_moved(page.events, path)
        return bool(due)

    async def _ask(self, place: Place) -> LogPage:
        try:
            page = await self._read_log(self.id.source, place.position)
            self._check(page, place)
        except Exception as error:
            metrics.PULLS.labels(*self._names(), "failed").inc()
            self._stopped = self._stopped or isinstance(error, Stuck)
            metrics.STOPPED.labels(*self._names()).set(self._stopped)
            raise
        self._stopped = False
        metrics.PULLS.labels(*self._names(), "events" if page.events else "empty").inc()
        metrics.STOPPED.labels(*self._names()).set(0)
        metrics.saw_head(self.id.source, page.head)
        return page

    def _check(self, page: LogPage, place: Place) -> None:
        """SourceLost if the source no longer has what this consumer has applied."""
        if page.epoch == place.epoch:
            lost = f"ends at {page.head}" if page.head < place.position else ""
        elif place.epoch is not None and place.position > page.epoch_start:
            lost = f"now is epoch {page.epoch}, which began at {page.epoch_start}"
        else:
            lost = ""
        if lost:
            raise SourceLost(
                f"{self.id.source} {lost}, but {self.id.consumer} has applied up to {place.position} of epoch "
                f"{place.epoch}. Restore {self.id.service} to the same time, then empty Redis; nothing is applied until then."
            )

    async def _adopt(self, page: LogPage) -> None:
        async with self._database.transaction() as session:
            place = await self._cursors.lock(session, self.id)
            if place.epoch == page.epoch:
                return  # another replica was faster
            self._check(page, place)
            await self._cursors.adopt(session, self.id, page.epoch)

    async def _apply_unless_moved(self, events: Sequence[Envelope], path: str) -> None:
        try:
            if self._careful and events:
                await self._apply_carefully(events, path)
                self._careful = False
            else:
                await self._apply(events, path)
        except _Gap:
            logger.debug("another replica moved %s meanwhile", self.id)

    async def _apply_carefully(self, events: Sequence[Envelope], path: str) -> None:
        """The first page after a start, each attempt put on record first: an event that ends its process is found out."""
        async with self._cursors.attempt(self.id) as tries:
            if tries == 1:
                await self._apply(events, path)
                return
            logger.warning("a process of %s died while it applied %s: going on one by one", *self._names())
            if tries > DEATHS:
                await self._condemn(events)
            else:
                await self._apply_alone(events[0], path)
        for event in events[1:]:
            async with self._cursors.attempt(self.id):
                await self._apply_alone(event, path)

    def _names(self) -> tuple[str, str]:
        return self.id.consumer, self.id.source

    async def _apply(self, events: Sequence[Envelope], path: str) -> None:
        """One page in one commit; if it fails, one by one, and the one that fails alone is parked."""
        try:
            await self._commit(events, path)
        except (_Gap, LaneOver):
            raise
        except Exception as error:
            if is_infrastructure(error) and self._patient_at(events[0].position if events else 0):
                raise
            for event in events:
                await self._apply_alone(event, path)

    async def _apply_alone(self, event: Envelope, path: str) -> None:
        try:
            await self._commit([event], path)
        except (_Gap, LaneOver):
            raise
        except Exception as error:
            if is_infrastructure(error) and self._patient_at(event.position):
                raise
            logger.error(  # noqa: TRY400 - a validation error is shown without what it quotes
                "%s at %s/%d of key %s failed and is parked, to be tried again: %s",
                event.type,
                event.source,
                event.position,
                event.key,
                reason_of(error),
                exc_info=None if isinstance(error, ValidationError) else error,
            )
            await self._park(event, "failed", state="retrying", reason=reason_of(error), tries=1)

    async def _condemn(self, events: Sequence[Envelope]) -> None:
        killer = events[0]
        reason = f"{DEATHS} processes died while they applied it: mend its handler, then redrive it"
        logger.error("%s at %s/%d is parked as dead: %s", killer.type, killer.source, killer.position, reason)
        await self._park(killer, "killer", state="dead", reason=reason, tries=DEATHS)

    def _patient_at(self, position: int) -> bool:
        """Whether to blame the infrastructure (again) for a failure here. In the end it is the event: a handler whose
        statement always runs into a time-out must not hold up the lane for ever.
        """
        if self._blamed_at != position:
            self._blamed_at, self._blamed = position, 0
        self._blamed += 1
        return self._blamed <= PATIENCE

    async def _commit(self, events: Sequence[Envelope], path: str) -> None:
        async with self._database.transaction() as session:
            place = await self._cursors.lock(session, self.id, {event.key for event in events})
            fresh = _fresh(place, events)
            if not fresh and place.limit is None:
                return
            done = await self._applier.apply(session, self.id, place, fresh)
            self.over = await self._cursors.move(
                session, self.id, place, fresh[-1].position if fresh else place.position
            )
        if fresh:
            metrics.saw_head(self.id.source, fresh[-1].position, at_least=True)
            self._known = replace(place, position=fresh[-1].position)
        self._applier.committed(self.id, done, path)
        metrics.BATCH.labels(*self._names()).observe(len(fresh))
        if self.over:
            logger.info("%s has caught up with %s and joined its lane", *self._names())

    async def _park(self, event: Envelope, why: str, *, state: str, reason: str, tries: int) -> None:
        async with self._database.transaction() as session:
            place = await self._cursors.lock(session, self.id)
            if not _fresh(place, [event]):
                return
            await self._applier.park(session, self.id, event, state=state, reason=reason, tries=tries)
            self.over = await self._cursors.move(session, self.id, place, event.position)
        metrics.PARKED.labels(*self._names(), why).inc()


def _fresh(place: Place, events: Sequence[Envelope]) -> list[Envelope]:
    """Those that come after `place`, up to its limit. _Gap if the next one is not among them, or if they are of another
    epoch: another replica may have adopted a restored source since they were read.
    """
    fresh = [event for event in events if event.position > place.position and place.reaches(event.position)]
    if fresh and (fresh[0].position != place.position + 1 or any(event.epoch != place.epoch for event in fresh)):
        raise _Gap
    return fresh
