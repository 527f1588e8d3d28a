"""Links that work once, in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.links import OneTimeToken, Purpose
from shared.db.auth import one_time_token as table


class SqlOneTimeTokens:
    """The rows of `one_time_token`, in one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, token: OneTimeToken) -> None:
        """See OneTimeTokens."""
        new = insert(table).values(
            hash=token.hash,
            user_id=token.user_id,
            purpose=token.purpose,
            expires_at=token.expires_at,
            used_at=token.used_at,
        )
        again = new.on_conflict_do_update(
            index_elements=["hash"], set_={"expires_at": new.excluded.expires_at}, where=table.c.used_at.is_(None)
        )
        await self._session.execute(again)

    async def get_locked(self, digest: bytes, *, purpose: Purpose) -> OneTimeToken | None:
        """See OneTimeTokens."""
        found = select(OneTimeToken).where(table.c.hash == digest, table.c.purpose == purpose).with_for_update()
        return (await self._session.scalars(found)).one_or_none()

    async def spend_all(self, user_id: UUID, *, purpose: Purpose, at: datetime) -> None:
        """See OneTimeTokens."""
        unused = (table.c.user_id == user_id, table.c.purpose == purpose, table.c.used_at.is_(None))
        await self._session.execute(update(table).where(*unused).values(used_at=at))

    async def forget_expired(self, at: datetime) -> None:
        """See OneTimeTokens."""
        await self._session.execute(delete(table).where(table.c.expires_at < at))
