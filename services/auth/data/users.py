"""People in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.users import Profile, User, UserGone
from shared.db.auth import user_account as table
from shared.db.database import Database

COLUMNS = tuple(column.key for column in table.columns)


class SqlUsers:
    """The rows of `user_account`, in one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user: User) -> bool:
        """See Users. The database decides, so that of two registrations at once one makes the account."""
        row = {name: getattr(user, name) for name in COLUMNS}
        new = insert(table).values(row).on_conflict_do_nothing(index_elements=[text("lower(email)")])
        return (await self._session.execute(new.returning(table.c.id))).first() is not None

    async def by_email(self, email: str) -> User | None:
        """See Users."""
        return await self._one(select(User).where(_is_at(email)))

    async def by_email_locked(self, email: str) -> User | None:
        """See Users."""
        return await self._one(select(User).where(_is_at(email)).with_for_update())

    async def get(self, user_id: UUID) -> User | None:
        """See Users."""
        return await self._one(select(User).where(table.c.id == user_id))

    async def get_locked(self, user_id: UUID) -> User | None:
        """See Users."""
        return await self._one(select(User).where(table.c.id == user_id).with_for_update())

    async def admins_locked(self) -> list[User]:
        """See Users."""
        admins = select(User).where(table.c.roles.contains(["admin"]), table.c.suspended_at.is_(None))
        return list(await self._session.scalars(admins.order_by(table.c.id).with_for_update()))

    async def _one(self, query: Select[Any]) -> User | None:
        user: User | None = (await self._session.scalars(query)).one_or_none()
        return user


def _is_at(email: str) -> ColumnElement[bool]:
    return func.lower(table.c.email) == func.lower(email)


class SqlProfiles:
    """What people see of their own account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def profile(self, user_id: UUID) -> Profile:
        """See Profiles."""
        shown = select(
            table.c.id,
            table.c.email,
            table.c.name,
            table.c.locale,
            table.c.timezone,
            table.c.roles,
            table.c.email_verified_at.is_not(None).label("email_verified"),
            table.c.created_at,
            table.c.version,
        ).where(table.c.id == user_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(shown)).mappings().one_or_none()
        if row is None:
            raise UserGone
        return Profile(**row)
