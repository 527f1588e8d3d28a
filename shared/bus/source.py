"""The source's side: outbox -> log (T2), the announcement, and the log that consumers read."""

import asyncio
import logging
from collections import deque
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Row,
    Select,
    Text,
    TextClause,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus import metrics
from shared.bus.envelope import Envelope, LogPage
from shared.dapr import Sidecar
from shared.db.database import Database
from shared.db.query import Query
from shared.db.schema import BusTables
from shared.errors import Gone
from shared.events.event import Event
from shared.worker import Quiet, Worker

logger = logging.getLogger(__name__)

ASSIGN_ROWS = 500
ANNOUNCED = 20  # of a bigger batch only the newest are announced: the gap tells consumers to pull the rest
PAGE_ROWS = 500
PAGE_BYTES = 1024 * 1024
ENVELOPE_BYTES = 600  # at most, beside `data` and without its key and type: ids, times, names of fields
FACTS = ("id", "type", "key", "actor", "data", "cause", "traceparent", "at")

# The cluster's identity and timeline: a restored or promoted database is another epoch, for it may hold another past.
EPOCH = text(
    "select (select system_identifier from pg_control_system())::text || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
)


class LogTrimmed(Gone):
    """The log no longer holds what was asked for: a consumer that needs it cannot be served."""

    slug = "log-trimmed"


class Source:
    """This service's log. Any replica may assign and announce; there is no leader. `epoch` is a query for tests to replace."""

    def __init__(self, service: str, database: Database, tables: BusTables, *, epoch: TextClause = EPOCH) -> None:
        self.service = service
        self._database = database
        self._tables = tables
        self._present_epoch = epoch
        self._locked_head = _locked_head(tables, epoch)
        self._moved = _moved(tables)
        self._page = _page(tables)

    async def open(self) -> None:
        """Make sure the head row exists and speaks of the present epoch."""
        head = self._tables.head
        async with self._database.transaction() as session:
            epoch = str((await session.execute(self._present_epoch)).scalar_one())
            start = upsert(head).values(one=True, position=0, epoch=epoch, epoch_start=0)
            await session.execute(start.on_conflict_do_nothing())  # two replicas may both be the first
            await self._lock_head(session)

    async def head(self) -> int:
        """The last position there is."""
        async with self._database.reading() as connection:
            return int((await connection.execute(select(self._tables.head.c.position))).scalar_one())

    async def has_waiting(self) -> bool:
        """Whether the outbox holds anything; cheaper than to find out by assigning."""
        async with self._database.reading() as connection:
            return (await connection.execute(select(self._tables.outbox.c.seq).limit(1))).first() is not None

    async def assign(self) -> list[Envelope]:
        """Move up to 500 outbox rows to the log with the next positions; returns what was moved, in order."""
        async with self._database.transaction() as session:
            moved = await self._move(session)
        metrics.ASSIGNED.inc(len(moved))
        return moved

    async def _lock_head(self, session: AsyncSession) -> Row[Any]:
        """Lock and return the head, in the present epoch: the server may have been promoted while this process ran."""
        row: Row[Any] = (await session.execute(self._locked_head)).one()
        if row.epoch == row.present:
            return row
        logger.warning("epoch changed from %s to %s at position %d", row.epoch, row.present, row.position)
        head = self._tables.head
        changed = update(head).values(epoch=row.present, epoch_start=row.position).returning(head)
        moved: Row[Any] = (await session.execute(changed)).one()
        return moved

    async def _move(self, session: AsyncSession) -> list[Envelope]:
        # The lock is a statement of its own: in READ COMMITTED the move must see all that committed before it.
        row = await self._lock_head(session)
        logged = (await session.execute(self._moved, {"head": row.position})).mappings().all()
        return [Envelope.from_row(fact, source=self.service, epoch=row.epoch) for fact in logged]

    async def read(self, *, after: int, limit: int = PAGE_ROWS) -> LogPage:
        """The log after position `after`: at most `limit` rows and 1 MiB, but always one row if there is one.

        LogTrimmed if the log once went on there and does not any more.
        """
        # One statement, so that head and log are of one moment: another replica may be beginning another epoch.
        rows = await self._page.rows(self._database, after=after, limit=limit)
        top, events = rows[0], [row for row in rows if row["position"] is not None]
        if events[0]["position"] != after + 1 if events else top["head"] > after:
            raise LogTrimmed(f"the log of {self.service} no longer holds position {after + 1}")
        return LogPage(
            source=self.service,
            epoch=top["epoch"],
            epoch_start=top["epoch_start"],
            head=top["head"],
            events=[Envelope.from_row(dict(row), source=self.service, epoch=top["epoch"]) for row in events],
        )


def _locked_head(tables: BusTables, epoch: TextClause) -> Select[Any]:
    present = epoch.columns(column("epoch", Text)).scalar_subquery().label("present")
    return select(tables.head, present).with_for_update(of=tables.head)


def _moved(tables: BusTables) -> Select[Any]:
    """Made once: to put it together takes longer than to run it."""
    outbox, log, head = tables.outbox, tables.log, tables.head
    oldest = select(outbox.c.seq).order_by(outbox.c.seq).limit(ASSIGN_ROWS)
    taken = delete(outbox).where(outbox.c.seq.in_(oldest.scalar_subquery())).returning(outbox).cte("taken")
    position = bindparam("head", type_=BigInteger) + func.row_number().over(order_by=taken.c.seq)
    facts = [taken.c[name] for name in FACTS]
    moved = insert(log).from_select(["position", *FACTS], select(position, *facts)).returning(log).cte("moved")
    count = select(func.count()).select_from(moved).scalar_subquery()
    counted = update(head).values(position=head.c.position + count).returning(head.c.position).cte("counted")
    # The one row of `counted` is joined in so that the head is moved whatever the planner thinks of it.
    return select(moved).join(counted, true()).order_by(moved.c.position)


def _page(tables: BusTables) -> Query:
    """The head beside each row of a page, or alone. The server adds up the bytes, so that no replica holds more than a page."""
    log, head = tables.log, tables.head
    after = bindparam("after", type_=BigInteger)
    size = func.octet_length(cast(log.c.data, Text)) + ENVELOPE_BYTES
    total = func.sum(size).over(order_by=log.c.position).label("total")
    limit = bindparam("limit", type_=Integer)
    rows = select(log, total).where(log.c.position > after).order_by(log.c.position).limit(limit).subquery()
    fits = or_(rows.c.total <= PAGE_BYTES, rows.c.position == after + 1)
    top = (head.c.position.label("head"), head.c.epoch, head.c.epoch_start)
    return Query(select(*top, *rows.c).select_from(head.outerjoin(rows, fits)).order_by(rows.c.position))


def _is_announced(event_type: str) -> bool:
    known = Event.current(event_type)
    return known is None or known.announced


class Relay:
    """Runs T2 whenever this process committed events, and every second for what a dead process left behind."""

    SWEEP_SECONDS = 1.0

    def __init__(self, source: Source, sidecar: Sidecar, *, announce: bool) -> None:
        self._source = source
        self._sidecar = sidecar
        self._announce = announce
        self._rung = False
        self._woken = asyncio.Event()
        self._newest: deque[Envelope] = deque(maxlen=ANNOUNCED)
        self._moved = asyncio.Event()
        self._quiet = Quiet()

    @property
    def workers(self) -> list[Worker]:
        """What has to run for events to be assigned and announced."""
        every = self.SWEEP_SECONDS
        return [
            Worker(name="giving events their positions", work=self.assign_all, every=every, wake=self._woken),
            Worker(name="announcing events", work=self.announce_newest, every=every, wake=self._moved),
        ]

    def wake(self) -> None:
        """Tell the relay that there is something in the outbox."""
        self._rung = True
        self._woken.set()

    async def assign_all(self) -> None:
        """Empty the outbox. Raises what the database raises: the outbox keeps its rows."""
        more = self._rung or await self._source.has_waiting()
        while more:
            self._rung = False
            moved = await self._source.assign()
            self._newest.extend(moved)
            self._moved.set()
            more = self._rung or len(moved) == ASSIGN_ROWS

    async def announce_newest(self) -> None:
        """Publish what was assigned, best effort: consumers that miss it pull."""
        while self._newest:
            event = self._newest.popleft()
            if self._announce and _is_announced(event.type):
                await self._publish(event)

    async def _publish(self, event: Envelope) -> None:
        try:
            await self._sidecar.publish(self._source.service, event.as_cloudevent(), traceparent=event.traceparent)
        except Exception as error:  # noqa: BLE001 - best effort: whatever it was, the others are announced
            metrics.ANNOUNCED.labels("failed").inc()
            if self._quiet.may_speak():
                logger.warning("announcing %s at %d failed, consumers will pull: %s", event.type, event.position, error)
        else:
            metrics.ANNOUNCED.labels("sent").inc()
