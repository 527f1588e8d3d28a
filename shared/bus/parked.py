"""Events that wait or failed, and trying them again (T4). Any parked row of a key holds back the key's later events."""

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import Row, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.envelope import Envelope
from shared.db.database import Database, is_infrastructure
from shared.db.schema import BusTables

if TYPE_CHECKING:
    from shared.bus.apply import Applier

logger = logging.getLogger(__name__)

MAX_TRIES = 8
LONGEST_DELAY = timedelta(minutes=5)
AFTER_TROUBLE = timedelta(seconds=10)


def parked_row(consumer: str, event: Envelope, *, state: str, reason: str, tries: int = 0) -> dict[str, Any]:
    """A row of `parked` for `event`; `state` is retrying, waiting or dead. It is due after the delay for `tries`."""
    return {
        "consumer": consumer,
        "source": event.source,
        "position": event.position,
        "key": event.key,
        "event": event.model_dump(mode="json"),
        "state": state,
        "tries": tries,
        "next_try_at": datetime.now(UTC) + delay_after(tries),
        "reason": reason[:2000],
    }


def reason_of(error: BaseException) -> str:
    """Why an event failed, without what it holds: a validation error would quote the data, which may be personal."""
    if isinstance(error, ValidationError):
        wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        return f"ValidationError: {'; '.join(wrong)}"
    return f"{type(error).__name__}: {error}"


def delay_after(tries: int) -> timedelta:
    """How long to wait after `tries` failures: none before the first, then 1 s doubling to 5 min."""
    if tries == 0:
        return timedelta()
    return min(timedelta(seconds=2 ** min(tries - 1, 20)), LONGEST_DELAY)


class Parking:
    """Tries parked events again, each in a commit of its own, the earliest of each key first."""

    def __init__(self, database: Database, tables: BusTables, applier: "Applier") -> None:
        self._database = database
        self._tables = tables
        self._applier = applier

    async def retry_due(self) -> int:
        """Try every event that is due; returns how many were applied. Raises only when the database is away."""
        applied = 0
        while (row := await self._next_due()) is not None:
            applied += await self._retry(row)
        return applied

    async def _next_due(self) -> Any | None:
        parked = self._tables.parked
        earlier = parked.alias()
        blocked = exists().where(
            # A backfill's lane, `<service>/<type>`, keeps one order with its service's.
            func.split_part(earlier.c.consumer, "/", 1) == func.split_part(parked.c.consumer, "/", 1),
            earlier.c.source == parked.c.source,
            earlier.c.key == parked.c.key,
            earlier.c.position < parked.c.position,
        )
        due = (
            select(parked.c.consumer, parked.c.source, parked.c.position)
            .where(parked.c.state != "dead", parked.c.next_try_at <= datetime.now(UTC), ~blocked)
            .order_by(parked.c.next_try_at)
            .limit(1)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(due)).one_or_none()

    async def _retry(self, found: Row[Any]) -> bool:
        try:
            async with self._database.transaction() as session:
                row = await self._lock(session, found)
                if row is None:
                    return False  # another replica was faster
                event = Envelope.model_validate(row.event)
                if event.type not in self._applier.handlers:
                    later = datetime.now(UTC) + LONGEST_DELAY
                    await session.execute(update(self._tables.parked).where(*self._is(found)).values(next_try_at=later))
                    return False
                await self._applier.run(session, event, version=row.version)
                await session.execute(delete(self._tables.parked).where(*self._is(found)))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a reason to try again
            if is_infrastructure(error):
                await self._later(found)
            else:
                await self._failed(found, error)
            return False
        self._applier.wake()
        return True

    async def _later(self, found: Row[Any]) -> None:
        """Not counted as a try, but the others go first. Raises, too, if the database is away."""
        later = datetime.now(UTC) + AFTER_TROUBLE
        async with self._database.transaction() as session:
            await session.execute(update(self._tables.parked).where(*self._is(found)).values(next_try_at=later))

    async def _failed(self, found: Row[Any], error: Exception) -> None:
        reason = reason_of(error)
        async with self._database.transaction() as session:
            row = await self._lock(session, found)
            if row is None:
                return
            tries = row.tries + 1
            logger.warning(
                "%s at %s/%d failed for the %d. time: %s", row.event["type"], row.source, row.position, tries, reason
            )
            await self._postpone(session, found, tries, reason)

    async def _postpone(self, session: AsyncSession, found: Row[Any], tries: int, reason: str) -> None:
        state = "dead" if tries >= MAX_TRIES else "retrying"
        if state == "dead":
            logger.error(
                "%s/%d is given up after %d tries and holds back its key: mend the cause, then redrive it",
                found.source,
                found.position,
                tries,
            )
        later = datetime.now(UTC) + delay_after(max(tries, 1))
        change = {"tries": tries, "state": state, "next_try_at": later, "reason": reason[:2000]}
        await session.execute(update(self._tables.parked).where(*self._is(found)).values(change))

    async def _lock(self, session: AsyncSession, found: Row[Any]) -> Row[Any] | None:
        """Lock the lane's cursor, raise its version (projections change), and read the row again, with that version."""
        cursor = self._tables.cursor
        lane = (cursor.c.consumer == found.consumer, cursor.c.source == found.source)
        await session.execute(update(cursor).where(*lane).values(version=cursor.c.version + 1))
        parked = self._tables.parked
        own = (cursor.c.consumer == parked.c.consumer) & (cursor.c.source == parked.c.source)
        row = select(parked, cursor.c.version).join(cursor, own).where(*self._is(found))
        return (await session.execute(row)).one_or_none()

    def _is(self, found: Row[Any]) -> tuple[Any, Any, Any]:
        parked = self._tables.parked
        return (
            parked.c.consumer == found.consumer,
            parked.c.source == found.source,
            parked.c.position == found.position,
        )
