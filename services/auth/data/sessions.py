"""Sessions and failed sign-ins in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.failures import Failures
from services.auth.domain.sessions import Session
from shared.db.auth import session_family, sign_in_failures


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


class SqlFailures:
    """The rows of `sign_in_failures`, in one session of the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked(self, address: bytes, *, at: datetime) -> Failures:
        """See AllFailures. The update changes nothing: it locks a row that is there, and cannot miss one that just came."""
        new = insert(sign_in_failures).values(address=address, failed_at=[], last_at=at)
        locking = new.on_conflict_do_update(index_elements=["address"], set_={"address": new.excluded.address})
        found = select(Failures).from_statement(locking.returning(sign_in_failures))
        failures: Failures = (await self._session.scalars(found)).one()
        return failures

    async def forget_before(self, at: datetime) -> None:
        """See AllFailures."""
        await self._session.execute(delete(sign_in_failures).where(sign_in_failures.c.last_at < at))
