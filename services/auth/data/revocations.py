"""The list of worthless access tokens, kept by each replica of auth from the log of its own service."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.bus.cursors import Cursors
from shared.bus.envelope import Envelope
from shared.bus.source import Source
from shared.bus.tail import OwnLogTail
from shared.db.auth import bus
from shared.db.database import Database
from shared.events.auth import PasswordChanged, RoleChanged, SessionRevoked, UserSuspended
from shared.http.revocations import KEPT_SECONDS, Revocation, Revocations
from shared.worker import Worker

LOADED_ROWS = 1000
# Facts are logged about in the order of their times: a commit or a relay may have been slow.
SLOW = timedelta(minutes=5)


class RevocationTail:
    """Fills a list from the end of auth's log, and follows the log. The list is confirmed each time there is nothing more."""

    def __init__(self, revocations: Revocations, database: Database) -> None:
        self._revocations = revocations
        self._database = database
        self._tail = OwnLogTail(load=self._load, heard=self._heard)

    def worker(self, source: Source, cursors: Cursors) -> Worker:
        """See Tail."""
        following = self._tail.worker(source, cursors)

        async def follow() -> None:
            try:
                await following.work()
            except Exception:
                self._revocations.not_confirmed()
                raise
            self._revocations.confirmed()

        return replace(following, work=follow)

    async def _load(self) -> None:
        since = datetime.now(UTC) - timedelta(seconds=KEPT_SECONDS) - SLOW
        facts: list[Revocation] = []
        async with self._database.reading() as connection:
            head = (await connection.execute(select(bus.head.c.epoch, bus.head.c.position))).one()
            position = head.position
            while position > 0:
                newest = select(bus.log).where(bus.log.c.position <= position).order_by(bus.log.c.position.desc())
                rows = (await connection.execute(newest.limit(LOADED_ROWS))).all()
                facts += filter(None, (revocation_of(row.position, row.type, row.at, row.data) for row in rows))
                position = 0 if not rows or rows[-1].at < since else rows[-1].position - 1
        self._revocations.take(head.epoch, head.position, reversed(facts))

    async def _heard(self, events: Sequence[Envelope]) -> None:
        last = events[-1]
        facts = (revocation_of(event.position, event.type, event.time, event.data) for event in events)
        self._revocations.take(last.epoch, last.position, filter(None, facts))


def revocation_of(position: int, event_type: str, at: datetime, data: dict[str, Any]) -> Revocation | None:
    """What a fact in the log takes from people's tokens, None for most."""
    told: dict[str, Any] = {}
    if event_type == SessionRevoked.event_type:
        told = {"session_id": UUID(data["session_id"])}
    elif event_type == RoleChanged.event_type:
        told = {"roles": frozenset(data["roles"])}
    elif event_type not in {UserSuspended.event_type, PasswordChanged.event_type}:
        return None
    return Revocation(position=position, at=at.timestamp(), user_id=UUID(data["user_id"]), **told)
