"""Sessions in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.sessions import LastUsed, OwnSession, Session
from shared.db.auth import session_family
from shared.db.database import Database


class SqlSessions:
    """The rows of `session_family`, in one session of the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, session: Session) -> None:
        """See Sessions."""
        self._session.add(session)

    async def get_locked(self, session_id: UUID) -> Session | None:
        """See Sessions."""
        found = select(Session).where(session_family.c.id == session_id).with_for_update()
        return (await self._session.scalars(found)).one_or_none()

    async def open_of(self, user_id: UUID) -> list[Session]:
        """See Sessions."""
        found = select(Session).where(session_family.c.user_id == user_id, session_family.c.ended_at.is_(None))
        return list(await self._session.scalars(found.order_by(session_family.c.id).with_for_update()))

    async def forget_expired(self, at: datetime) -> None:
        """See Sessions."""
        await self._session.execute(delete(session_family).where(session_family.c.expires_at < at))


class SqlOwnSessions:
    """What people see of their sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_of(
        self, user_id: UUID, *, current: UUID, at: datetime, after: LastUsed | None, limit: int
    ) -> list[OwnSession]:
        """See OwnSessions."""
        of = session_family.c
        seen = select(of.id, of.device, of.client, of.created_at, of.last_used_at, (of.id == current).label("current"))
        opened = seen.where(of.user_id == user_id, of.ended_at.is_(None), of.expires_at > at)
        if after is not None:
            opened = opened.where(tuple_(of.last_used_at, of.id) < tuple_(after.at, after.id))
        async with self._database.reading() as connection:
            rows = await connection.execute(opened.order_by(of.last_used_at.desc(), of.id.desc()).limit(limit))
            return [OwnSession(**row) for row in rows.mappings()]
