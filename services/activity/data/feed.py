"""The feed and its people in PostgreSQL."""

from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.activity.domain.feed import Entries, FeedEntry, FeedItem, Mark, People
from services.activity.domain.wording import text_of
from shared.bus.redaction import redact
from shared.bus.unit_of_work import SqlUnitOfWork
from shared.db.activity import bus, feed_entry, person
from shared.db.database import Database, write_later

COLUMNS = tuple(column.key for column in feed_entry.columns)
# By id alone: another event at the same position means a source that lost its past, and must be seen.
ADD_ENTRY = insert(feed_entry).on_conflict_do_nothing(index_elements=["id"])
_ROW = insert(person)
REMEMBER = _ROW.on_conflict_do_update(index_elements=["user_id"], set_={"name": _ROW.excluded.name})


class SqlEntries:
    """The rows of `feed_entry`, in one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, entry: FeedEntry) -> None:
        """See Entries."""
        write_later(self._session, ADD_ENTRY, {name: getattr(entry, name) for name in COLUMNS})


class SqlPeople:
    """The rows of `person`, in one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def remember(self, user_id: UUID, *, name: str) -> None:
        """See People."""
        write_later(self._session, REMEMBER, {"user_id": user_id, "name": name})

    async def forget(self, user_id: UUID) -> None:
        """See People."""
        await self._session.execute(delete(person).where(person.c.user_id == user_id))
        await redact(self._session, bus, key=str(user_id))  # events that failed are kept as they came


class SqlUow(SqlUnitOfWork):
    """The unit of work of this service."""

    entries: Entries
    people: People

    def bind(self, session: AsyncSession) -> None:
        """See SqlUnitOfWork."""
        self.entries = SqlEntries(session)
        self.people = SqlPeople(session)


class FeedReads:
    """What screens show of the feed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def feed_of(self, user_id: UUID, *, after: Mark | None, limit: int) -> list[FeedItem]:
        """Up to `limit` visible entries of a person, newest first, those behind `after` if it is given."""
        entries = feed_entry.c
        shown = (
            select(entries.id, entries.verb, entries.params, entries.at)
            .where(entries.user_id == user_id, entries.visible)
            .order_by(entries.at.desc(), entries.id.desc())
            .limit(limit)
        )
        if after is not None:
            shown = shown.where(tuple_(entries.at, entries.id) < tuple_(after.at, after.id))
        async with self._database.reading() as connection:
            rows = (await connection.execute(shown)).all()
        return [
            FeedItem(id=row.id, verb=row.verb, text=text_of(row.verb, row.params), at=row.at, params=row.params)
            for row in rows
        ]
