"""Courses, lessons and imports in SQL: the repositories of what authors write."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.learning.data import mapping  # noqa: F401 - maps the entities these repositories load
from services.learning.domain.courses import Course, Module
from services.learning.domain.imports import CourseImport
from services.learning.domain.lessons import Assignment, Lesson
from shared.db import learning as tables


class SqlCourses:
    """See services.learning.domain.courses.Courses."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, course: Course) -> None:
        """See Courses. Written at once: other rows will point at it."""
        self._session.add(course)
        await self._session.flush()

    async def lock(self, slug: str) -> Course | None:
        """See Courses. `key_share`: people may go on joining the course meanwhile."""
        return await self._session.scalar(
            select(Course).where(tables.course.c.slug == slug).with_for_update(key_share=True)
        )

    async def lock_by_id(self, course_id: UUID) -> Course | None:
        """See Courses."""
        return await self._session.scalar(
            select(Course).where(tables.course.c.id == course_id).with_for_update(key_share=True)
        )

    async def add_module(self, module: Module) -> None:
        """See Courses."""
        self._session.add(module)
        await self._session.flush()

    async def module(self, module_id: UUID) -> Module | None:
        """See Courses."""
        return await self._session.get(Module, module_id)

    async def modules(self, course_id: UUID) -> Sequence[Module]:
        """See Courses."""
        return (await self._session.scalars(select(Module).where(tables.module.c.course_id == course_id))).all()

    async def has_lessons(self, course_id: UUID) -> bool:
        """See Courses."""
        lesson = tables.lesson
        readable = exists().where(lesson.c.course_id == course_id, lesson.c.archived_at.is_(None))
        return bool(await self._session.scalar(select(readable)))


class SqlLessons:
    """See services.learning.domain.lessons.Lessons."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, lesson: Lesson) -> None:
        """See Lessons. Written at once: an assignment may point at it."""
        self._session.add(lesson)
        await self._session.flush()

    async def get(self, lesson_id: UUID) -> Lesson | None:
        """See Lessons."""
        return await self._session.get(Lesson, lesson_id)

    async def course_id(self, lesson_id: UUID) -> UUID | None:
        """See Lessons. No entity: what is loaded before the course is locked could be stale."""
        lesson = tables.lesson
        return await self._session.scalar(select(lesson.c.course_id).where(lesson.c.id == lesson_id))

    async def of_course(self, course_id: UUID) -> Sequence[Lesson]:
        """See Lessons."""
        return (await self._session.scalars(select(Lesson).where(tables.lesson.c.course_id == course_id))).all()

    async def add_assignment(self, assignment: Assignment) -> None:
        """See Lessons."""
        self._session.add(assignment)
        await self._session.flush()

    async def assignment(self, lesson_id: UUID) -> Assignment | None:
        """See Lessons."""
        assignment = tables.assignment
        live = (assignment.c.lesson_id == lesson_id, assignment.c.archived_at.is_(None))
        return await self._session.scalar(select(Assignment).where(*live))

    async def assignments(self, course_id: UUID) -> Sequence[Assignment]:
        """See Lessons."""
        of_course = select(Assignment).where(tables.assignment.c.course_id == course_id)
        return (await self._session.scalars(of_course)).all()


class SqlImports:
    """See services.learning.domain.imports.Imports."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, course_id: UUID) -> CourseImport | None:
        """See Imports."""
        kept = select(tables.course_import).where(tables.course_import.c.course_id == course_id)
        row = (await self._session.execute(kept)).mappings().one_or_none()
        return None if row is None else CourseImport(**row)

    async def lock(self, course_id: UUID) -> None:
        """See Imports. An advisory lock: at the first import there is no row to lock yet."""
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(course_id), 0))))
        await self._session.execute(text("set constraints all deferred"))

    async def put(self, record: CourseImport) -> None:
        """See Imports."""
        values = vars(record)
        row = insert(tables.course_import).values(values)
        await self._session.execute(row.on_conflict_do_update(index_elements=["course_id"], set_=values))

    async def flush(self) -> None:
        """See Imports."""
        await self._session.flush()
