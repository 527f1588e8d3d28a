"""Sessions in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.sessions import Session
from shared.db.auth import session_family


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
