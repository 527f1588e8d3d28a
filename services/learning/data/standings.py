"""A course, lesson or assignment as one person meets it, in one select; `reads.py` adds its texts to the same rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, Select, Uuid, and_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.learning.domain.access import AssignmentStanding, LessonStanding, Standing
from shared.db.learning import assignment, course, enrolment, entitlement, lesson, module

LIVE_LESSON = and_(lesson.c.archived_at.is_(None), module.c.archived_at.is_(None))
LIVE_ASSIGNMENT = and_(LIVE_LESSON, assignment.c.archived_at.is_(None))


def course_columns() -> list[ColumnElement[Any]]:
    """The columns of a Standing, over `of_person(course, ...)`."""
    return [
        course.c.id.label("course_id"),
        course.c.slug.label("course_slug"),
        course.c.title.label("course_title"),
        course.c.author_id,
        course.c.published_at.is_not(None).label("published"),
        course.c.archived_at.is_not(None).label("archived"),
        enrolment.c.user_id.is_not(None).label("enrolled"),
        func.coalesce(entitlement.c.tier, "free").label("tier"),
    ]


def lesson_columns() -> list[ColumnElement[Any]]:
    """The columns of a LessonStanding."""
    return [*course_columns(), lesson.c.id.label("lesson_id"), lesson.c.title.label("lesson_title"), lesson.c.access]


def assignment_columns() -> list[ColumnElement[Any]]:
    """The columns of an AssignmentStanding."""
    names = [assignment.c.id.label("assignment_id"), assignment.c.title.label("assignment_title")]
    return [*lesson_columns(), *names]


def of_person(source: FromClause, user_id: UUID | None) -> FromClause:
    """`source`, which holds `course`, with what the person is to it; nobody for None."""
    who = literal(user_id, Uuid)
    joined = source.outerjoin(enrolment, and_(enrolment.c.course_id == course.c.id, enrolment.c.user_id == who))
    return joined.outerjoin(entitlement, entitlement.c.user_id == who)


def lessons_in_courses() -> FromClause:
    """Each lesson with its module and its course."""
    return lesson.join(module, module.c.id == lesson.c.module_id).join(course, course.c.id == lesson.c.course_id)


def assignments_in_courses() -> FromClause:
    """Each assignment with its lesson, its module and its course."""
    in_lesson = assignment.join(lesson, lesson.c.id == assignment.c.lesson_id)
    return in_lesson.join(module, module.c.id == lesson.c.module_id).join(course, course.c.id == lesson.c.course_id)


def standing_of(row: Row[Any]) -> Standing:
    """The Standing in a row that has its columns."""
    return Standing(
        course_id=row.course_id,
        course_slug=row.course_slug,
        course_title=row.course_title,
        author_id=row.author_id,
        published=row.published,
        archived=row.archived,
        enrolled=row.enrolled,
        tier=row.tier,
    )


def lesson_standing_of(row: Row[Any]) -> LessonStanding:
    """The LessonStanding in a row that has its columns."""
    return LessonStanding(
        **vars(standing_of(row)), lesson_id=row.lesson_id, lesson_title=row.lesson_title, access=row.access
    )


def assignment_standing_of(row: Row[Any]) -> AssignmentStanding:
    """The AssignmentStanding in a row that has its columns."""
    return AssignmentStanding(
        **vars(lesson_standing_of(row)), assignment_id=row.assignment_id, assignment_title=row.assignment_title
    )


class SqlStandings:
    """See services.learning.domain.access.Standings. `starter` is the starter course's slug."""

    def __init__(self, session: AsyncSession, *, starter: str) -> None:
        self._session = session
        self._starter = starter

    async def in_course(self, slug: str, user_id: UUID) -> Standing | None:
        """See Standings."""
        found = select(*course_columns()).select_from(of_person(course, user_id)).where(course.c.slug == slug)
        row = await self._one(found)
        return None if row is None else standing_of(row)

    async def in_starter(self, user_id: UUID) -> Standing | None:
        """See Standings."""
        return await self.in_course(self._starter, user_id)

    async def at_lesson(self, lesson_id: UUID, user_id: UUID) -> LessonStanding | None:
        """See Standings."""
        source = of_person(lessons_in_courses(), user_id)
        row = await self._one(
            select(*lesson_columns()).select_from(source).where(lesson.c.id == lesson_id, LIVE_LESSON)
        )
        return None if row is None else lesson_standing_of(row)

    async def at_assignment(self, assignment_id: UUID, user_id: UUID) -> AssignmentStanding | None:
        """See Standings."""
        source = of_person(assignments_in_courses(), user_id)
        live = (assignment.c.id == assignment_id, LIVE_ASSIGNMENT)
        row = await self._one(select(*assignment_columns()).select_from(source).where(*live))
        return None if row is None else assignment_standing_of(row)

    async def _one(self, statement: Select[Any]) -> Row[Any] | None:
        row: Row[Any] | None = (await self._session.execute(statement)).one_or_none()
        return row
