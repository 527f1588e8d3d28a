"""What people read, in one select each, straight into the shapes of services.learning.domain.catalogue."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Row,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    select,
    tuple_,
)

from services.learning.data import standings
from services.learning.domain.access import AssignmentStanding, LessonStanding, Standing
from services.learning.domain.catalogue import (
    AssignmentCard,
    AssignmentSheet,
    AuthoredCourse,
    CourseCard,
    CourseOutline,
    CourseProgress,
    Dated,
    LessonCard,
    LessonText,
    ModuleCard,
    SourceFile,
    SubmissionSheet,
    Titled,
)
from shared.db.database import Database
from shared.db.learning import assignment, completion, course, enrolment, lesson, module, submission
from shared.db.query import Query

OF_LESSON = and_(assignment.c.lesson_id == lesson.c.id, assignment.c.archived_at.is_(None))


class SqlReads:
    """See services.learning.domain.catalogue.Reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def published(self, *, after: Titled | None, limit: int) -> Sequence[CourseCard]:
        """See Reads."""
        if after is None:
            rows = await _PUBLISHED.rows(self._database, limit=limit)
        else:
            rows = await _PUBLISHED_AFTER.rows(self._database, limit=limit, title=after.title, id=after.id)
        return [CourseCard(**row) for row in rows]

    async def catalogue_version(self) -> tuple[int, int]:
        """Another one after every commit that changes what the catalogue shows: versions only grow, and no course is deleted."""
        (counted,) = await _VERSION.rows(self._database)
        return counted["courses"], counted["versions"]

    async def authored(self, author_id: UUID | None, *, after: Dated | None, limit: int) -> Sequence[AuthoredCourse]:
        """See Reads."""
        theirs = select(*_columns(course, "id slug title author_id published_at archived_at changed_at version"))
        if author_id is not None:
            theirs = theirs.where(course.c.author_id == author_id)
        newest = _newest(theirs, course.c.changed_at, course.c.id, after=after, limit=limit)
        return [AuthoredCourse(**row) for row in await self._mappings(newest)]

    async def outline(self, slug: str, user_id: UUID | None) -> tuple[Standing, CourseOutline] | None:
        """See Reads. One row a lesson; a course without lessons still has one row."""
        parts = course.outerjoin(module, and_(module.c.course_id == course.c.id, module.c.archived_at.is_(None)))
        parts = parts.outerjoin(lesson, and_(lesson.c.module_id == module.c.id, lesson.c.archived_at.is_(None)))
        parts = parts.outerjoin(assignment, OF_LESSON)
        statement = (
            select(*standings.course_columns(), *_OUTLINE)
            .select_from(standings.of_person(parts, user_id))
            .where(course.c.slug == slug)
            .order_by(module.c.position, module.c.id, lesson.c.position, lesson.c.id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return (standings.standing_of(rows[0]), _outline(rows)) if rows else None

    async def lesson(self, lesson_id: UUID, user_id: UUID) -> tuple[LessonStanding, LessonText] | None:
        """See Reads."""
        done = and_(completion.c.lesson_id == lesson.c.id, completion.c.user_id == literal(user_id))
        source = standings.of_person(standings.lessons_in_courses(), user_id)
        source = source.outerjoin(assignment, OF_LESSON).outerjoin(completion, done)
        statement = (
            select(
                *standings.lesson_columns(),
                *_columns(lesson, "slug minutes body version"),
                completion.c.completed_at,
                assignment.c.id.label("assignment_id"),
            )
            .select_from(source)
            .where(lesson.c.id == lesson_id, standings.LIVE_LESSON)
        )
        row = await self._one(statement)
        return None if row is None else (standings.lesson_standing_of(row), _lesson(row))

    async def assignment(self, assignment_id: UUID, user_id: UUID) -> tuple[AssignmentStanding, AssignmentSheet] | None:
        """See Reads."""
        texts = _columns(assignment, "slug prompt starter_file starter_code visible_tests hidden_tests points")
        statement = (
            select(*standings.assignment_columns(), *texts)
            .select_from(standings.of_person(standings.assignments_in_courses(), user_id))
            .where(assignment.c.id == assignment_id, standings.LIVE_ASSIGNMENT)
        )
        row = await self._one(statement)
        return None if row is None else (standings.assignment_standing_of(row), _assignment(row))

    async def progress(self, user_id: UUID, *, after: Dated | None, limit: int) -> Sequence[CourseProgress]:
        """See Reads."""
        mine = and_(completion.c.lesson_id == lesson.c.id, completion.c.user_id == enrolment.c.user_id)
        source = enrolment.join(course).outerjoin(_LIVE, lesson.c.course_id == course.c.id).outerjoin(completion, mine)
        statement = (
            select(
                *_columns(enrolment, "course_id enrolled_at"),
                *_columns(course, "slug title"),
                func.count(completion.c.lesson_id).label("lessons_done"),
                func.count(lesson.c.id).label("lessons_total"),
            )
            .select_from(source)
            .where(enrolment.c.user_id == user_id)
            .group_by(enrolment.c.course_id, enrolment.c.enrolled_at, course.c.slug, course.c.title)
        )
        newest = _newest(statement, enrolment.c.enrolled_at, enrolment.c.course_id, after=after, limit=limit)
        return [CourseProgress(**row) for row in await self._mappings(newest)]

    async def submission(self, submission_id: UUID) -> tuple[UUID | None, SubmissionSheet] | None:
        """See Reads."""
        columns = _columns(submission, "id user_id assignment_id code state submitted_at")
        source = submission.join(course, course.c.id == submission.c.course_id)
        statement = select(course.c.author_id, *columns).select_from(source).where(submission.c.id == submission_id)
        found = await self._mappings(statement)
        if not found:
            return None
        values = dict(found[0])
        return values.pop("author_id"), SubmissionSheet(**values)

    async def _mappings(self, statement: Select[Any]) -> Sequence[RowMapping]:
        async with self._database.reading() as connection:
            rows: Sequence[RowMapping] = (await connection.execute(statement)).mappings().all()
        return rows

    async def _one(self, statement: Select[Any]) -> Row[Any] | None:
        async with self._database.reading() as connection:
            row: Row[Any] | None = (await connection.execute(statement)).one_or_none()
        return row


def _newest(
    statement: Select[Any], at: Column[datetime], key: Column[UUID], *, after: Dated | None, limit: int
) -> Select[Any]:
    """The statement's rows from the newest on, `key` telling apart those of one moment."""
    if after is not None:
        statement = statement.where(tuple_(at, key) < tuple_(after.at, after.id))
    return statement.order_by(at.desc(), key.desc()).limit(limit)


def _columns(table: Any, names: str) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in names.split()]


_LIVE = lesson.join(module, and_(module.c.id == lesson.c.module_id, standings.LIVE_LESSON))
# Built once: SQLAlchemy takes longer to put a statement together than PostgreSQL to answer it.
_IN_CATALOGUE = (
    select(
        *_columns(course, "id slug title summary language published_at"),
        func.count(lesson.c.id).label("lessons"),
        func.coalesce(func.sum(lesson.c.minutes), 0).label("minutes"),
    )
    .select_from(course.outerjoin(_LIVE, lesson.c.course_id == course.c.id))
    .where(course.c.published_at.is_not(None), course.c.archived_at.is_(None))
    .group_by(course.c.id)
    .order_by(course.c.title, course.c.id)
    .limit(bindparam("limit", type_=Integer))
)
_BEHIND = tuple_(course.c.title, course.c.id) > tuple_(bindparam("title", type_=Text), bindparam("id", type_=Uuid))
_PUBLISHED, _PUBLISHED_AFTER = Query(_IN_CATALOGUE), Query(_IN_CATALOGUE.where(_BEHIND))
_VERSION = Query(
    select(func.count().label("courses"), func.coalesce(func.sum(course.c.version), 0).label("versions")).select_from(
        course
    )
)
_OUTLINE: list[ColumnElement[Any]] = [
    *_columns(course, "summary language published_at archived_at version"),
    *(module.c[name].label(f"module_{name}") for name in ("id", "slug", "title")),
    *(lesson.c[name].label(f"lesson_{name}") for name in ("id", "slug", "title", "access", "minutes")),
    *(assignment.c[name].label(f"assignment_{name}") for name in ("id", "slug", "title", "points")),
]


def _outline(rows: Sequence[Row[Any]]) -> CourseOutline:
    first = rows[0]
    modules = [
        ModuleCard(
            id=module_id,
            slug=in_module[0].module_slug,
            title=in_module[0].module_title,
            lessons=[_lesson_card(row) for row in in_module if row.lesson_id is not None],
        )
        for module_id, group in groupby(rows, key=lambda row: row.module_id)
        if module_id is not None
        for in_module in [list(group)]
    ]
    return CourseOutline(
        id=first.course_id,
        slug=first.course_slug,
        title=first.course_title,
        summary=first.summary,
        language=first.language,
        published_at=first.published_at,
        archived_at=first.archived_at,
        version=first.version,
        modules=modules,
    )


def _lesson_card(row: Row[Any]) -> LessonCard:
    sheet = None
    if row.assignment_id is not None:
        sheet = AssignmentCard(
            id=row.assignment_id, slug=row.assignment_slug, title=row.assignment_title, points=row.assignment_points
        )
    return LessonCard(
        id=row.lesson_id,
        slug=row.lesson_slug,
        title=row.lesson_title,
        access=row.lesson_access,
        minutes=row.lesson_minutes,
        assignment=sheet,
    )


def _lesson(row: Row[Any]) -> LessonText:
    return LessonText(
        id=row.lesson_id,
        course_slug=row.course_slug,
        slug=row.slug,
        title=row.lesson_title,
        access=row.access,
        minutes=row.minutes,
        body=row.body,
        assignment_id=row.assignment_id,
        completed_at=row.completed_at,
        version=row.version,
    )


def _assignment(row: Row[Any]) -> AssignmentSheet:
    return AssignmentSheet(
        id=row.assignment_id,
        lesson_id=row.lesson_id,
        slug=row.slug,
        title=row.assignment_title,
        prompt=row.prompt,
        starter_file=row.starter_file,
        starter_code=row.starter_code,
        visible_tests=[SourceFile(**test) for test in row.visible_tests],
        hidden_tests=[SourceFile(**test) for test in row.hidden_tests],
        points=row.points,
    )
