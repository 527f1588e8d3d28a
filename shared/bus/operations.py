"""Working with one service's bus: where it stands, what is parked, trying that again, and skipping it for good."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy import Row, case, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.metrics import SOURCE_HEAD, STOPPED
from shared.bus.overview import (
    BusOverview,
    CursorShown,
    HeadShown,
    OutboxShown,
    ParkedCount,
    ParkedPage,
    ParkedShown,
    ParkedState,
    Redriven,
    SkippedPage,
    SkippedShown,
)
from shared.db.database import Database
from shared.db.schema import BusTables
from shared.errors import Invalid, NotFound

logger = logging.getLogger(__name__)

LONGEST_REASON = 1000
# The consumer of a backfill, `<service>/<type>`, has a slash of its own.
ID = re.compile(r"([\w-]+(?:/[\w.-]+)?)/([\w-]+)/([1-9][0-9]{0,17})")


class NoParkedId(Invalid):
    """What was given as the id of a parked event is none."""

    slug = "no-parked-id"


class NotParked(NotFound):
    """No such event is parked here."""

    slug = "not-parked"


class ReasonRefused(Invalid):
    """Skipping an event needs a reason in words."""

    slug = "reason-refused"


@dataclass(frozen=True, kw_only=True)
class ParkedId:
    """Names a parked event as consumer/source/position."""

    consumer: str
    source: str
    position: int

    @classmethod
    def parse(cls, text: str, *, field: str = "body.id") -> Self:
        """From `activity/auth/14`; NoParkedId, which blames `field`, for anything else."""
        if (found := ID.fullmatch(text)) is None:
            raise NoParkedId(
                "An id is consumer/source/position as in activity/auth/14: copy it from the parked events.", field=field
            )
        return cls(consumer=found[1], source=found[2], position=int(found[3]))

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """The id of a row of `parked` or `skipped`."""
        return cls(consumer=row.consumer, source=row.source, position=row.position)

    def __str__(self) -> str:
        return f"{self.consumer}/{self.source}/{self.position}"


def seen(gauge: Gauge, *labels: str) -> dict[tuple[str, ...], float]:
    """What this process has put into a gauge, by the values of its labels."""
    samples = (sample for found in gauge.collect() for sample in found.samples)
    return {tuple(sample.labels[label] for label in labels): sample.value for sample in samples}


class Operations:
    """What a person may ask of, and do to, the bus of one service. Its database errors are the caller's."""

    def __init__(self, service: str, database: Database, tables: BusTables) -> None:
        self._service = service
        self._database = database
        self._tables = tables

    async def overview(self) -> BusOverview:
        """Where log, outbox and cursors stand, and how much is parked and skipped."""
        head, outbox, cursor, parked, skipped = (
            self._tables.head,
            self._tables.outbox,
            self._tables.cursor,
            self._tables.parked,
            self._tables.skipped,
        )
        kinds = (parked.c.consumer, parked.c.source, parked.c.state)
        async with self._database.reading() as connection:
            top = (await connection.execute(select(head))).one()
            waiting, oldest = (await connection.execute(select(func.count(), func.min(outbox.c.at)))).one()
            cursors = (await connection.execute(select(cursor).order_by(cursor.c.consumer, cursor.c.source))).all()
            counted = select(*kinds, func.count().label("events")).group_by(*kinds).order_by(*kinds)
            counts = (await connection.execute(counted)).all()
            gone = (await connection.execute(select(func.count()).select_from(skipped))).scalar_one()
        heads, stopped = seen(SOURCE_HEAD, "source"), seen(STOPPED, "consumer", "source")
        return BusOverview(
            service=self._service,
            head=HeadShown(position=top.position, epoch=top.epoch, epoch_start=top.epoch_start),
            outbox=OutboxShown(rows=waiting, oldest_seconds=oldest and _seconds_since(oldest)),
            cursors=[
                _cursor(row, heads.get((row.source,)), stopped=bool(stopped.get((row.consumer, row.source))))
                for row in cursors
            ],
            parked=[ParkedCount.model_validate(row, from_attributes=True) for row in counts],
            skipped=gone,
        )

    async def parked(
        self, *, after: ParkedId | None = None, limit: int = 100, state: ParkedState | None = None
    ) -> ParkedPage:
        """Up to `limit` parked events behind `after`, by consumer, source and position."""
        parked = self._tables.parked
        earlier = parked.alias()
        before = (earlier.c.source == parked.c.source, earlier.c.key == parked.c.key)
        behind = select(func.count()).where(*before, earlier.c.position < parked.c.position).scalar_subquery()
        place = (parked.c.consumer, parked.c.source, parked.c.position)
        # One more than asked for tells whether there is a next page.
        page = select(parked, behind.label("behind")).order_by(*place).limit(limit + 1)
        if after is not None:
            page = page.where(tuple_(*place) > tuple_(after.consumer, after.source, after.position))
        if state is not None:
            page = page.where(parked.c.state == state)
        async with self._database.reading() as connection:
            rows = (await connection.execute(page)).all()
        items = [_parked(row) for row in rows[:limit]]
        return ParkedPage(items=items, next=items[-1].id if rows[limit:] else None)

    async def skipped(self, *, after: int | None = None, limit: int = 100) -> SkippedPage:
        """Up to `limit` skipped events behind the one that `after` numbers, newest first."""
        skipped = self._tables.skipped
        page = select(skipped).order_by(skipped.c.seq.desc()).limit(limit + 1)
        if after is not None:
            page = page.where(skipped.c.seq < after)
        async with self._database.reading() as connection:
            rows = (await connection.execute(page)).all()
        items = [_skipped(row) for row in rows[:limit]]
        return SkippedPage(items=items, next=str(rows[limit - 1].seq) if rows[limit:] else None)

    async def redrive(self, parked_id: ParkedId) -> Redriven:
        """Have all parked events of this one's key tried again at once, in their order. Raises NotParked.

        Those that wait for a handler stay `waiting`, but are looked at again, too.
        """
        parked = self._tables.parked
        again = {
            "state": case((parked.c.state == "waiting", "waiting"), else_="retrying"),
            "tries": 0,
            "next_try_at": datetime.now(UTC),
        }
        async with self._database.transaction() as session:
            await self._lock(session, parked_id.source)
            key = (await session.execute(select(parked.c.key).where(*self._is(parked_id)))).scalar_one_or_none()
            if key is None:
                raise _not_parked(parked_id)
            mine = (parked.c.source == parked_id.source, parked.c.key == key)
            rows = (await session.execute(update(parked).where(*mine).values(again).returning(parked))).all()
        first = ParkedId.of(min(rows, key=lambda row: row.position))
        logger.info("%d parked events of key %s are redriven, beginning with %s", len(rows), key, first)
        return Redriven(first=str(first), key=key, events=len(rows))

    async def skip(self, parked_id: ParkedId, *, actor: UUID, reason: str) -> SkippedShown:
        """Take one event out of `parked` unapplied, for ever, and record who did it and why. The key goes on without it.

        Raises NotParked; ReasonRefused for a reason that is empty, too long or not text.
        """
        parked, skipped = self._tables.parked, self._tables.skipped
        why = _reason(reason)
        async with self._database.transaction() as session:
            await self._lock(session, parked_id.source)
            taken = delete(parked).where(*self._is(parked_id)).returning(parked)
            row = (await session.execute(taken)).one_or_none()
            if row is None:
                raise _not_parked(parked_id)
            kept = {name: getattr(row, name) for name in KEPT}
            audit = {"skipped_by": actor, "why": why, "skipped_at": datetime.now(UTC)}
            record = insert(skipped).values(**kept, **audit).returning(skipped)
            shown = _skipped((await session.execute(record)).one())
        logger.warning(
            "%s skipped %s, %s of key %s, %s after %d tries (%s): %s",
            *(actor, parked_id, shown.type, shown.key, shown.state, shown.tries, shown.reason.partition("\n")[0], why),
        )
        return shown

    async def _lock(self, session: AsyncSession, source: str) -> None:
        """Hold the service's lane and raise its version. Its backfills, too, begin with a lock on this row."""
        cursor = self._tables.cursor
        lane = (cursor.c.consumer == self._service, cursor.c.source == source)
        await session.execute(update(cursor).where(*lane).values(version=cursor.c.version + 1))

    def _is(self, wanted: ParkedId) -> tuple[Any, Any, Any]:
        parked = self._tables.parked.c
        return (
            parked.consumer == wanted.consumer,
            parked.source == wanted.source,
            parked.position == wanted.position,
        )


KEPT: Sequence[str] = ("consumer", "source", "position", "key", "event", "state", "tries", "reason")


def _reason(text: str) -> str:
    why = " ".join(text.split())
    if not why or not why.isprintable() or len(why) > LONGEST_REASON:
        raise ReasonRefused(
            f"Say in 1 to {LONGEST_REASON} characters why this event may be skipped.", field="body.reason"
        )
    return why


def _not_parked(parked_id: ParkedId) -> NotParked:
    return NotParked(f"{parked_id} is not parked (any more): look at the parked events again.")


def _seconds_since(at: datetime) -> float:
    return max(0.0, (datetime.now(UTC) - at).total_seconds())


def _cursor(row: Row[Any], head: float | None, *, stopped: bool) -> CursorShown:
    # Another replica may have moved the cursor beyond what this one has seen of the source.
    known = None if head is None else max(int(head), row.position)
    return CursorShown.model_validate({**row._mapping, "source_head": known, "stopped": stopped})  # noqa: SLF001 - SQLAlchemy's public name


def _parked(row: Row[Any]) -> ParkedShown:
    shown = {"id": str(ParkedId.of(row)), "type": row.event["type"]}
    return ParkedShown.model_validate({**row._mapping, **shown})  # noqa: SLF001 - as above


def _skipped(row: Row[Any]) -> SkippedShown:
    shown = {"id": str(ParkedId.of(row)), "type": row.event["type"]}
    return SkippedShown.model_validate({**row._mapping, **shown})  # noqa: SLF001 - as above
