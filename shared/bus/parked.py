"""Events that wait or failed, and trying them again (T4). Any parked row of a key holds back the key's later events."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import Row, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.cursors import Cursors, LaneId, LaneOver
from shared.bus.envelope import Envelope
from shared.db.database import Database
from shared.db.schema import BusTables

if TYPE_CHECKING:
    from shared.bus.apply import Applier

logger = logging.getLogger(__name__)

MAX_TRIES = 14  # about half an hour: long enough to mend most causes
LONGEST_DELAY = timedelta(minutes=5)
RUN = 100  # events of one key that are tried in one commit


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

    def __init__(self, database: Database, tables: BusTables, applier: "Applier", cursors: Cursors) -> None:
        self._database = database
        self._parked = tables.parked
        self._applier = applier
        self._cursors = cursors

    async def retry_due(self) -> int:
        """Try every event that is due; returns how many were applied. Raises only when the database is away."""
        applied = 0
        while (row := await self._next_due()) is not None:
            tries = await self._count_try(row)
            if tries == 0:
                break  # another replica is at it; looking again at once would find the same row
            applied += await self._retry(row, tries)
        return applied

    async def _next_due(self) -> Any | None:
        parked, handlers = self._parked, self._applier.handlers
        earlier = parked.alias()
        behind = exists().where(
            earlier.c.source == parked.c.source,
            earlier.c.key == parked.c.key,
            earlier.c.position < parked.c.position,
        )
        kind = parked.c.event["type"].astext
        due = (
            select(parked.c.consumer, parked.c.source, parked.c.position, parked.c.key, kind.label("type"))
            # What only a newer release can handle is left to it.
            .where(parked.c.state != "dead", parked.c.next_try_at <= datetime.now(UTC), kind.in_(handlers.known()))
            .where(or_(~behind, kind.in_(handlers.known(ordered=False))))
            .order_by(parked.c.next_try_at, parked.c.position)
            .limit(1)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(due)).one_or_none()

    async def _retry(self, found: Row[Any], tries: int) -> int:
        # Whoever was tried before goes alone: should a handler end the process, it must be clear whose.
        behind = await self._behind(found) if tries == 1 else []
        try:
            try:
                return await self._apply(found, [found.position, *behind])
            except Exception:
                if not behind:
                    raise
                return await self._apply(found, [found.position])
        except LaneOver:
            return 0  # its backfill has joined the main lane, and it is found again under that name
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a reason to try again
            await self._failed(found, error)
            return 0

    async def _behind(self, found: Row[Any]) -> list[int]:
        """The positions that only wait for this one: they are applied with it, or a busy key would never catch up."""
        parked, handlers = self._parked, self._applier.handlers
        handling = handlers.get(found.type)
        if handling is None or not handling.ordered:
            return []  # it may itself be behind another, and so are they
        own = (parked.c.source == found.source, parked.c.key == found.key)
        rows = select(parked, parked.c.event["type"].astext.label("type"))
        after = rows.where(*own, parked.c.position > found.position).order_by(parked.c.position).limit(RUN)
        async with self._database.reading() as connection:
            waiting = (await connection.execute(after)).all()
        ready = (found.consumer, "retrying", 0)
        joins = takewhile(lambda row: (row.consumer, row.state, row.tries) == ready and handlers.get(row.type), waiting)
        return [row.position for row in joins]

    async def _apply(self, found: Row[Any], positions: Sequence[int]) -> int:
        """Apply these rows of a key in order, in one commit; returns how many there still were."""
        lane = LaneId(consumer=found.consumer, source=found.source)
        rows = (self._parked.c.consumer == lane.consumer, self._parked.c.source == lane.source)
        these = (*rows, self._parked.c.position.in_(positions))
        async with self._database.transaction() as session:
            await self._cursors.take_turn(session, lane)  # should it end the process, no lane may be on record
            place = await self._cursors.lock(session, lane)
            waiting = (await session.execute(select(self._parked.c.event).where(*these).with_for_update())).scalars()
            events = sorted(map(Envelope.model_validate, waiting), key=lambda event: event.position)
            if not events or events[0].position != found.position:
                return 0  # another replica was faster
            done = await self._applier.run(session, events, version=place.version)
            await session.execute(delete(self._parked).where(*these))
            await self._cursors.touch(session, lane)
        self._applier.committed(lane, done, "retried")
        return len(events)

    async def _count_try(self, found: Row[Any]) -> int:
        """Count the try and set the time of the next one before it is made: a handler that ends its process is counted,
        too, and is given up in the end. Returns how many there were, this one included; 0 for a row that is not to be tried.
        """
        async with self._database.transaction() as session:
            row = (
                await session.execute(select(self._parked).where(*self._is(found)).with_for_update(skip_locked=True))
            ).one_or_none()
            if row is None or row.state == "dead" or row.next_try_at > datetime.now(UTC):
                return 0  # another replica has it
            tries = int(row.tries) + 1
            if tries > MAX_TRIES:
                await self._give_up(session, found, row.tries, "its tries ended without a word: the process died")
                return 0
            change = {"tries": tries, "state": "retrying", "next_try_at": datetime.now(UTC) + delay_after(tries)}
            await session.execute(update(self._parked).where(*self._is(found)).values(change))
        return tries

    async def _failed(self, found: Row[Any], error: Exception) -> None:
        """Note why a try failed. Raises if the database is away.

        Time-outs count, too: a statement that always runs into one must not be tried for ever.
        """
        reason = reason_of(error)
        async with self._database.transaction() as session:
            row = await self._read(session, found)
            if row is None:
                return
            logger.warning(
                "%s at %s/%d failed for the %d. time: %s",
                row.event["type"],
                row.source,
                row.position,
                row.tries,
                reason,
            )
            if row.tries >= MAX_TRIES:
                await self._give_up(session, found, row.tries, reason)
            else:
                await session.execute(update(self._parked).where(*self._is(found)).values(reason=reason[:2000]))

    async def _give_up(self, session: AsyncSession, found: Row[Any], tries: int, reason: str) -> None:
        logger.error(
            "%s/%s/%d is given up after %d tries and holds back its key: mend the cause, then redrive it: %s",
            *(found.consumer, found.source, found.position, tries, reason),
        )
        change = {"state": "dead", "reason": reason[:2000]}
        await session.execute(update(self._parked).where(*self._is(found)).values(change))

    async def _read(self, session: AsyncSession, found: Row[Any]) -> Row[Any] | None:
        return (await session.execute(select(self._parked).where(*self._is(found)).with_for_update())).one_or_none()

    def _is(self, found: Row[Any]) -> tuple[Any, Any, Any]:
        parked = self._parked
        return (
            parked.c.consumer == found.consumer,
            parked.c.source == found.source,
            parked.c.position == found.position,
        )
