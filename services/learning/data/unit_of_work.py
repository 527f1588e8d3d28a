"""The unit of work of this service: its repositories over one transaction, and what a broken constraint means."""

from types import TracebackType
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.learning.data.courses import SqlCourses, SqlImports, SqlLessons
from services.learning.data.progress import SqlProgress, SqlSubmissions
from services.learning.data.standings import SqlStandings
from services.learning.domain.access import Standings
from services.learning.domain.courses import Courses, SlugTaken
from services.learning.domain.enrolments import Progress
from services.learning.domain.imports import Imports
from services.learning.domain.lessons import Lessons
from services.learning.domain.submissions import Submissions
from shared.bus.unit_of_work import SqlUnitOfWork, Writing


class SqlUow(SqlUnitOfWork):
    """Every `Uow` of this service's domain. `starter` is the slug of the course that new learners join."""

    courses: Courses
    lessons: Lessons
    imports: Imports
    standings: Standings
    progress: Progress
    submissions: Submissions

    def __init__(self, writing: Writing, *, starter: str, **joined: Any) -> None:
        super().__init__(writing, **joined)
        self._starter = starter

    def bind(self, session: AsyncSession) -> None:
        """See SqlUnitOfWork."""
        self.courses = SqlCourses(session)
        self.lessons = SqlLessons(session)
        self.imports = SqlImports(session)
        self.standings = SqlStandings(session, starter=self._starter)
        self.progress = SqlProgress(session)
        self.submissions = SqlSubmissions(session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the transaction. SlugTaken if a slug was not unique, whether a flush found that or only the commit."""
        try:
            await super().__aexit__(kind, error, traceback)
        except IntegrityError as found:
            raise _meaning(found) from found
        if isinstance(error, IntegrityError):
            raise _meaning(error) from error


def _meaning(error: IntegrityError) -> Exception:
    constraint = str(getattr(getattr(error.orig, "__cause__", None), "constraint_name", ""))
    return SlugTaken() if constraint.startswith("uq_") and constraint.endswith("_slug") else error
