"""What admins see of accounts, and the record of what was done to them, in PostgreSQL."""

from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.administration import Account, Wanted
from services.auth.domain.audit import AuditEntry
from services.auth.domain.links import UserUnknown
from shared.db.auth import audit_entry, user_account
from shared.db.database import Database

SHOWN = select(
    user_account.c.id,
    user_account.c.email,
    user_account.c.name,
    user_account.c.locale,
    user_account.c.timezone,
    user_account.c.roles,
    user_account.c.email_verified_at.is_not(None).label("email_verified"),
    user_account.c.suspended_at,
    user_account.c.created_at,
)


class SqlAuditTrail:
    """The rows of `audit_entry`, in one session: they can be added and read, never changed."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, entry: AuditEntry) -> None:
        """See AuditTrail."""
        self._session.add(entry)


class SqlAccounts:
    """What admins read, on connections of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, wanted: Wanted, *, after: UUID | None, limit: int) -> list[Account]:
        """See Accounts. Ids grow with time, so the newest come first."""
        found = _matching(wanted).order_by(user_account.c.id.desc()).limit(limit)
        if after is not None:
            found = found.where(user_account.c.id < after)
        async with self._database.reading() as connection:
            return [Account(**row) for row in (await connection.execute(found)).mappings()]

    async def account(self, user_id: UUID) -> Account:
        """See Accounts."""
        async with self._database.reading() as connection:
            row = (await connection.execute(SHOWN.where(user_account.c.id == user_id))).mappings().one_or_none()
        if row is None:
            raise UserUnknown
        return Account(**row)

    async def audit(self, user_id: UUID | None, *, after: int | None, limit: int) -> list[AuditEntry]:
        """See Accounts."""
        found = select(audit_entry).order_by(audit_entry.c.seq.desc()).limit(limit)
        if user_id is not None:
            found = found.where(audit_entry.c.user_id == user_id)
        if after is not None:
            found = found.where(audit_entry.c.seq < after)
        async with self._database.reading() as connection:
            return [AuditEntry(**row) for row in (await connection.execute(found)).mappings()]


def _matching(wanted: Wanted) -> Select[tuple[object, ...]]:
    found = SHOWN
    if wanted.text:
        columns = (user_account.c.email, user_account.c.name)
        found = found.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    if wanted.role is not None:
        found = found.where(user_account.c.roles.contains([wanted.role]))
    if wanted.suspended is not None:
        ended = user_account.c.suspended_at
        found = found.where(ended.is_not(None) if wanted.suspended else ended.is_(None))
    return found
