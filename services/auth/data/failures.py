"""Failed sign-ins and known devices in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.failures import MOST_DEVICES, Failures
from services.auth.domain.sessions import Client
from shared.db.auth import known_device, sign_in_failures


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

    async def forgive(self, address: bytes) -> None:
        """See AllFailures."""
        await self._session.execute(delete(sign_in_failures).where(sign_in_failures.c.address == address))

    async def forget_before(self, at: datetime) -> None:
        """See AllFailures."""
        await self._session.execute(delete(sign_in_failures).where(sign_in_failures.c.last_at < at))


class SqlKnownDevices:
    """The rows of `known_device`, in one session of the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def remember(self, digest: bytes, user_id: UUID, *, client: Client, at: datetime) -> None:
        """See KnownDevices."""
        new = insert(known_device).values(hash=digest, user_id=user_id, client=client, last_used_at=at)
        used = {name: new.excluded[name] for name in ("client", "last_used_at")}
        await self._session.execute(new.on_conflict_do_update(index_elements=["hash"], set_=used))
        newest = known_device.c.last_used_at.desc(), known_device.c.hash
        theirs = known_device.c.user_id == user_id, known_device.c.client == client
        too_many = select(known_device.c.hash).where(*theirs).order_by(*newest)
        await self._session.execute(delete(known_device).where(known_device.c.hash.in_(too_many.offset(MOST_DEVICES))))

    async def forget_before(self, at: datetime) -> None:
        """See KnownDevices."""
        await self._session.execute(delete(known_device).where(known_device.c.last_used_at < at))
