"""The unit of work of this service."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.data import mapping
from services.auth.data.administration import SqlAuditTrail
from services.auth.data.failures import SqlFailures, SqlKnownDevices
from services.auth.data.links import SqlOneTimeTokens
from services.auth.data.sessions import SqlSessions
from services.auth.data.signing_keys import SqlSigningKeys
from services.auth.data.users import SqlUsers
from services.auth.domain.audit import AuditTrail
from services.auth.domain.failures import AllFailures, KnownDevices
from services.auth.domain.links import OneTimeTokens
from services.auth.domain.sessions import Sessions
from services.auth.domain.signing_keys import SigningKeys
from services.auth.domain.users import Users
from shared.bus.unit_of_work import Cause, SqlUnitOfWork, Writing

__all__ = ["SqlUow", "mapping"]  # the mapping is imported for what it does


class SqlUow(SqlUnitOfWork):
    """Everything a use case of this service may touch, in one transaction."""

    users: Users
    sessions: Sessions
    failures: AllFailures
    devices: KnownDevices
    one_time_tokens: OneTimeTokens
    audit: AuditTrail
    signing_keys: SigningKeys

    def __init__(
        self,
        writing: Writing,
        *,
        actor: UUID | None = None,
        session: AsyncSession | None = None,
        cause: Cause | None = None,
    ) -> None:
        super().__init__(writing, actor=actor, session=session, cause=cause)

    def act_as(self, user_id: UUID) -> None:
        """See users.Uow. What is emitted is written at the end of the transaction, with this."""
        self._actor = user_id

    def bind(self, session: AsyncSession) -> None:
        """See SqlUnitOfWork."""
        self.users = SqlUsers(session)
        self.sessions = SqlSessions(session)
        self.failures = SqlFailures(session)
        self.devices = SqlKnownDevices(session)
        self.one_time_tokens = SqlOneTimeTokens(session)
        self.audit = SqlAuditTrail(session)
        self.signing_keys = SqlSigningKeys(session)
