"""The source's side: outbox -> log (T2), the announcement, and the log that consumers read."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import delete, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.envelope import Envelope, LogPage
from shared.bus.quiet import Quiet
from shared.dapr import Sidecar
from shared.db.database import Database
from shared.db.schema import BusTables

logger = logging.getLogger(__name__)

ASSIGN_ROWS = 500
ANNOUNCED = 20  # of a bigger batch only the newest are announced: the gap tells consumers to pull the rest
PAGE_ROWS = 500
PAGE_BYTES = 1024 * 1024
FACTS = ("id", "type", "key", "actor", "data", "cause", "traceparent", "at")

# The cluster's identity and timeline: a restored or promoted database is another epoch, for it may hold another past.
EPOCH = text(
    "select (select system_identifier from pg_control_system())::text || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
)


class Source:
    """This service's log. Any replica may assign and announce; there is no leader."""

    def __init__(self, service: str, database: Database, tables: BusTables) -> None:
        self.service = service
        self._database = database
        self._tables = tables

    async def open(self) -> None:
        """Make sure the head row exists and speaks of the present epoch."""
        head = self._tables.head
        async with self._database.transaction() as session:
            epoch = str((await session.execute(EPOCH)).scalar_one())
            start = upsert(head).values(one=True, position=0, epoch=epoch, epoch_start=0)
            await session.execute(start.on_conflict_do_nothing())  # two replicas may both be the first
            row = (await session.execute(select(head).with_for_update())).one()
            if row.epoch != epoch:
                logger.warning("epoch changed from %s to %s at position %d", row.epoch, epoch, row.position)
                await session.execute(update(head).values(epoch=epoch, epoch_start=row.position))

    async def assign(self) -> list[Envelope]:
        """Move up to 500 outbox rows to the log with the next positions; returns what was moved, in order."""
        async with self._database.reading() as connection:
            if (await connection.execute(select(self._tables.outbox.c.seq).limit(1))).first() is None:
                return []
        async with self._database.transaction() as session:
            return await self._move(session)

    async def _move(self, session: AsyncSession) -> list[Envelope]:
        outbox, log, head = self._tables.outbox, self._tables.log, self._tables.head
        # The lock is a statement of its own: in READ COMMITTED the move must see all that committed before it.
        row = (await session.execute(select(head.c.position, head.c.epoch).with_for_update())).one()
        oldest = select(outbox.c.seq).order_by(outbox.c.seq).limit(ASSIGN_ROWS)
        taken = delete(outbox).where(outbox.c.seq.in_(oldest.scalar_subquery())).returning(outbox).cte("taken")
        position = literal(row.position) + func.row_number().over(order_by=taken.c.seq)
        facts = [taken.c[name] for name in FACTS]
        move = insert(log).from_select(["position", *FACTS], select(position, *facts)).returning(log)
        moved = sorted((await session.execute(move)).all(), key=lambda fact: fact.position)
        if moved:
            await session.execute(update(head).values(position=moved[-1].position))
        return [Envelope.from_row(fact, source=self.service, epoch=row.epoch) for fact in moved]

    async def read(self, *, after: int, limit: int = PAGE_ROWS) -> LogPage:
        """The log after position `after`: at most `limit` rows and 1 MiB, but always one row if there is one."""
        log, head = self._tables.log, self._tables.head
        async with self._database.reading() as connection:
            top = (await connection.execute(select(head))).one()
            page = select(log).where(log.c.position > after).order_by(log.c.position).limit(limit)
            rows = (await connection.execute(page)).all()
        events = [Envelope.from_row(row, source=self.service, epoch=top.epoch) for row in rows]
        return LogPage(
            source=self.service,
            epoch=top.epoch,
            epoch_start=top.epoch_start,
            head=max(top.position, rows[-1].position if rows else 0),
            events=_up_to_size(events),
        )


def _up_to_size(events: Sequence[Envelope]) -> list[Envelope]:
    kept: list[Envelope] = []
    size = 0
    for event in events:
        size += len(event.model_dump_json())
        if kept and size > PAGE_BYTES:
            break
        kept.append(event)
    return kept


class Relay:
    """Runs T2 whenever this process committed events, and every second for what a dead process left behind."""

    SWEEP_SECONDS = 1.0

    def __init__(self, source: Source, sidecar: Sidecar, *, announce: bool) -> None:
        self._source = source
        self._sidecar = sidecar
        self._announce = announce
        self._woken = asyncio.Event()
        self._newest: deque[Envelope] = deque(maxlen=ANNOUNCED)
        self._moved = asyncio.Event()

    def wake(self) -> None:
        """Tell the relay that there is something in the outbox."""
        self._woken.set()

    async def assign_forever(self) -> None:
        """Assign until cancelled; a database that is away is tried again."""
        quiet = Quiet()
        while True:
            try:
                while moved := await self._source.assign():
                    self._newest.extend(moved)
                    self._moved.set()
            except Exception:
                if quiet.may_speak():
                    logger.exception(
                        "assigning positions failed; the outbox keeps its rows and the next sweep tries again"
                    )
                await asyncio.sleep(self.SWEEP_SECONDS)
            with suppress(TimeoutError):
                # Not wait_for: before Python 3.12 it can swallow a cancellation.
                async with asyncio.timeout(self.SWEEP_SECONDS):
                    await self._woken.wait()
            self._woken.clear()

    async def announce_forever(self) -> None:
        """Publish what was assigned, best effort: consumers that miss it pull."""
        quiet = Quiet()
        while True:
            await self._moved.wait()
            self._moved.clear()
            while self._newest:
                event = self._newest.popleft()
                if self._announce:
                    await self._publish(event, quiet)

    async def _publish(self, event: Envelope, quiet: Quiet) -> None:
        try:
            await self._sidecar.publish(self._source.service, event.as_cloudevent(), traceparent=event.traceparent)
        except Exception as error:  # noqa: BLE001 - best effort: whatever it was, the task must go on
            if quiet.may_speak():
                logger.warning("announcing %s at %d failed, consumers will pull: %s", event.type, event.position, error)
