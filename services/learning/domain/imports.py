"""Importing a course that ships with the platform: once, again when its content has changed, never over an author's edits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.learning.domain import lessons
from services.learning.domain.access import Access
from services.learning.domain.courses import Course, Module
from services.learning.domain.lessons import Assignment, AssignmentText, Lesson, rewrite


@dataclass(frozen=True, kw_only=True)
class AssignmentFile:
    """An assignment as its files say."""

    id: UUID
    text: AssignmentText


@dataclass(frozen=True, kw_only=True)
class LessonFile:
    """A lesson as its files say. `body` is Markdown."""

    id: UUID
    slug: str
    title: str
    body: str
    access: Access
    minutes: int
    assignment: AssignmentFile | None


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A module as its files say."""

    id: UUID
    slug: str
    title: str
    lessons: tuple[LessonFile, ...]


@dataclass(frozen=True, kw_only=True)
class CourseFile:
    """A course as its files say. Everything is known by its id; `content_hash` changes with any byte of it."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    modules: tuple[ModuleFile, ...]
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class CourseImport:
    """A course as it was last imported: of which content, and which version of the course came of it."""

    course_id: UUID
    content_hash: str
    course_version: int
    imported_at: datetime


class Outcome(StrEnum):
    """What an import did."""

    imported = "imported"
    updated = "updated"
    unchanged = "unchanged"
    kept = "kept: it was edited on the platform"


class Imports(Protocol):
    """What was imported."""

    async def get(self, course_id: UUID) -> CourseImport | None:
        """How the course was last imported."""

    async def lock(self, course_id: UUID) -> None:
        """Keep other imports of the course out until the unit of work ends, and let slugs collide until then."""

    async def put(self, record: CourseImport) -> None:
        """Remember an import in place of an earlier one."""

    async def flush(self) -> None:
        """Write what was changed so far: versions are counted then."""


class Uow(lessons.Uow, Protocol):
    """What importing needs."""

    @property
    def imports(self) -> Imports: ...


async def import_course(uow: Uow, *, file: CourseFile, at: datetime) -> Outcome:
    """Bring the platform's copy of a course to what its files say, published. SlugTaken if an author uses one of its slugs.

    Unchanged content costs one query; any number of replicas may do this at once. What files no longer name is archived.
    """
    async with uow:
        before = await uow.imports.get(file.id)
        if before is not None and before.content_hash == file.content_hash:
            return Outcome.unchanged
        await uow.imports.lock(file.id)
        before = await uow.imports.get(file.id)
        course = await uow.courses.lock_by_id(file.id)
        if before is not None and before.content_hash == file.content_hash:
            return Outcome.unchanged
        if before is not None and course is not None and course.version != before.course_version:
            return Outcome.kept
        course = await _write_course(uow, course, file, at)
        await _archive_dropped(uow, file, at)
        await _write_parts(uow, file, at)
        await uow.imports.flush()
        await uow.imports.put(
            CourseImport(
                course_id=file.id, content_hash=file.content_hash, course_version=course.version, imported_at=at
            )
        )
    return Outcome.imported if before is None else Outcome.updated


async def _write_course(uow: Uow, course: Course | None, file: CourseFile, at: datetime) -> Course:
    if course is None:
        course = Course(
            id=file.id,
            slug=file.slug,
            title=file.title,
            summary=file.summary,
            language=file.language,
            author_id=None,
            changed_at=at,
            published_at=at,
        )
        await uow.courses.add(course)
        return course
    course.slug, course.title, course.summary, course.language = file.slug, file.title, file.summary, file.language
    course.changed_at = at
    return course


async def _archive_dropped(uow: Uow, file: CourseFile, at: datetime) -> None:
    modules = {module.id for module in file.modules}
    named = [lesson for module in file.modules for lesson in module.lessons]
    assignments = {lesson.assignment.id for lesson in named if lesson.assignment}
    dropped: list[Module | Lesson | Assignment] = []
    dropped += [module for module in await uow.courses.modules(file.id) if module.id not in modules]
    dropped += _without(await uow.lessons.of_course(file.id), {lesson.id for lesson in named})
    dropped += [one for one in await uow.lessons.assignments(file.id) if one.id not in assignments]
    for part in dropped:
        part.archived_at = part.archived_at or at
    await uow.imports.flush()


def _without(present: Sequence[Lesson], ids: set[UUID]) -> list[Lesson]:
    return [lesson for lesson in present if lesson.id not in ids]


async def _write_parts(uow: Uow, file: CourseFile, at: datetime) -> None:
    modules = {module.id: module for module in await uow.courses.modules(file.id)}
    present = {lesson.id: lesson for lesson in await uow.lessons.of_course(file.id)}
    assignments = {one.id: one for one in await uow.lessons.assignments(file.id)}
    for place, module in enumerate(file.modules):
        await _write_module(uow, modules.get(module.id), module, file.id, place)
        for position, lesson in enumerate(module.lessons):
            target = Lesson(
                id=lesson.id,
                course_id=file.id,
                module_id=module.id,
                slug=lesson.slug,
                title=lesson.title,
                body=lesson.body,
                access=lesson.access,
                minutes=lesson.minutes,
                position=position,
                changed_at=at,
            )
            await _write_lesson(uow, present.get(lesson.id), target)
            if lesson.assignment:
                await _write_assignment(uow, assignments.get(lesson.assignment.id), lesson.assignment, target)


async def _write_module(uow: Uow, kept: Module | None, file: ModuleFile, course_id: UUID, position: int) -> None:
    if kept is None:
        module = Module(id=file.id, course_id=course_id, slug=file.slug, title=file.title, position=position)
        await uow.courses.add_module(module)
        return
    kept.slug, kept.title, kept.position, kept.archived_at = file.slug, file.title, position, None


async def _write_lesson(uow: Uow, kept: Lesson | None, target: Lesson) -> None:
    if kept is None:
        await uow.lessons.add(target)
        return
    kept.module_id, kept.slug, kept.title, kept.body = target.module_id, target.slug, target.title, target.body
    kept.access, kept.minutes, kept.position = target.access, target.minutes, target.position
    kept.changed_at, kept.archived_at = target.changed_at, None


async def _write_assignment(uow: Uow, kept: Assignment | None, file: AssignmentFile, lesson: Lesson) -> None:
    if kept is None:
        assignment = Assignment(id=file.id, course_id=lesson.course_id, lesson_id=lesson.id, **vars(file.text))
        await uow.lessons.add_assignment(assignment)
        return
    rewrite(kept, file.text)
    kept.slug, kept.lesson_id, kept.archived_at = file.text.slug, lesson.id, None
