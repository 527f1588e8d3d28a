"""Learners in SQL: enrolments, completions, entitlements, submissions. Every write may be repeated."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.learning.domain.access import Tier
from services.learning.domain.enrolments import Completion, Enrolment
from services.learning.domain.submissions import Submission
from shared.db import learning as tables
from shared.errors import RequestInProgress

LOCK_NOT_AVAILABLE = "55P03"


class SqlProgress:
    """See services.learning.domain.enrolments.Progress."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def start(self, user_id: UUID, at: datetime) -> None:
        """See Progress."""
        row = insert(tables.learner).values(user_id=user_id, joined_at=at)
        await self._session.execute(row.on_conflict_do_nothing())

    async def enrol(self, enrolment: Enrolment) -> tuple[Enrolment, bool]:
        """See Progress."""
        table = tables.enrolment
        same = (table.c.user_id == enrolment.user_id, table.c.course_id == enrolment.course_id)
        row, is_new = await _keep(self._session, table, asdict(enrolment), same)
        return Enrolment(**row), is_new

    async def complete(self, completion: Completion) -> tuple[Completion, bool]:
        """See Progress."""
        table = tables.completion
        same = (table.c.user_id == completion.user_id, table.c.lesson_id == completion.lesson_id)
        row, is_new = await _keep(self._session, table, asdict(completion), same)
        return Completion(**row), is_new

    async def entitle(self, user_id: UUID, tier: Tier, at: datetime) -> None:
        """See Progress."""
        row = insert(tables.entitlement).values(user_id=user_id, tier=tier, granted_at=at)
        await self._session.execute(
            row.on_conflict_do_update(index_elements=["user_id"], set_={"tier": tier, "granted_at": at})
        )


class SqlSubmissions:
    """See services.learning.domain.submissions.Submissions."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_key(self, user_id: UUID, idempotency_key: str) -> Submission | None:
        """See Submissions."""
        kept = select(tables.submission).where(*self._same(user_id, idempotency_key))
        row = (await self._session.execute(kept)).mappings().one_or_none()
        return None if row is None else Submission(**row)

    async def add(self, submission: Submission) -> tuple[Submission, bool]:
        """See Submissions. The unique key makes a simultaneous insert wait, as long as the role's lock_timeout."""
        same = self._same(submission.user_id, submission.idempotency_key)
        try:
            row, is_new = await _keep(self._session, tables.submission, asdict(submission), same)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise RequestInProgress from error
            raise
        return Submission(**row), is_new

    @staticmethod
    def _same(user_id: UUID, idempotency_key: str) -> tuple[Any, Any]:
        table = tables.submission
        return table.c.user_id == user_id, table.c.idempotency_key == idempotency_key


async def _keep(
    session: AsyncSession, table: Any, values: dict[str, Any], same: tuple[Any, Any]
) -> tuple[RowMapping, bool]:
    """Insert the row or find the one there is. Two statements: the second sees what a simultaneous insert committed."""
    inserted = insert(table).values(values).on_conflict_do_nothing().returning(table)
    if (row := (await session.execute(inserted)).mappings().one_or_none()) is not None:
        return row, True
    return (await session.execute(select(table).where(*same))).mappings().one(), False
