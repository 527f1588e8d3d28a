"""Lessons and their assignments: what authors write in a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.learning.domain import courses
from services.learning.domain.access import Access, LessonNotFound, Person
from services.learning.domain.courses import Course, ModuleNotFound, opened_for_editing
from shared.errors import Stale


@dataclass(kw_only=True, eq=False)
class Lesson:
    """A lesson. `body` is Markdown, `minutes` an honest guess, `position` counts from 0; each edit moves `version` by one."""

    id: UUID
    course_id: UUID
    module_id: UUID
    slug: str
    title: str
    body: str
    access: Access
    minutes: int
    position: int
    changed_at: datetime
    archived_at: datetime | None = None
    version: int = 1

    def expect(self, version: int) -> None:
        """Stale unless the lesson still is at `version`."""
        if self.version != version:
            raise Stale


@dataclass(kw_only=True, eq=False)
class Assignment:
    """What a lesson asks for. Tests are `{"name": "test_x.py", "code": "..."}`; hidden ones are never shown to learners."""

    id: UUID
    course_id: UUID
    lesson_id: UUID
    slug: str
    title: str
    prompt: str
    starter_file: str
    starter_code: str
    visible_tests: list[dict[str, str]]
    hidden_tests: list[dict[str, str]]
    points: int
    archived_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewLesson:
    """A lesson that has no place yet."""

    id: UUID
    slug: str
    title: str
    body: str
    access: Access
    minutes: int


@dataclass(frozen=True, kw_only=True)
class LessonChange:
    """What to change; None leaves as it is."""

    title: str | None = None
    body: str | None = None
    access: Access | None = None
    minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class AssignmentText:
    """All of an assignment but its identity. `slug` counts only when the lesson gets its first assignment."""

    slug: str
    title: str
    prompt: str
    starter_file: str
    starter_code: str
    visible_tests: list[dict[str, str]]
    hidden_tests: list[dict[str, str]]
    points: int


class Lessons(Protocol):
    """The lessons there are."""

    async def add(self, lesson: Lesson) -> None:
        """Keep a new lesson. SlugTaken, at the latest at the end of the unit of work."""

    async def get(self, lesson_id: UUID) -> Lesson | None: ...

    async def course_id(self, lesson_id: UUID) -> UUID | None:
        """The course a lesson is in."""

    async def of_course(self, course_id: UUID) -> Sequence[Lesson]:
        """All lessons of a course, archived ones too."""

    async def add_assignment(self, assignment: Assignment) -> None:
        """Keep a new assignment. SlugTaken as in `add`."""

    async def assignment(self, lesson_id: UUID) -> Assignment | None:
        """The lesson's assignment, unless it is archived."""

    async def assignments(self, course_id: UUID) -> Sequence[Assignment]:
        """All assignments of a course, archived ones too."""


class Uow(courses.Uow, Protocol):
    """What these use cases need."""

    @property
    def lessons(self) -> Lessons: ...


async def add_lesson(uow: Uow, *, module_id: UUID, person: Person, lesson: NewLesson, at: datetime) -> Lesson:
    """Append a lesson to the module. ModuleNotFound, NotYourCourse, SlugTaken."""
    async with uow:
        module = await uow.courses.module(module_id)
        if module is None or module.archived_at is not None:
            raise ModuleNotFound
        held = await uow.courses.lock_by_id(module.course_id)
        course = opened_for_editing(held, person, at, absent=ModuleNotFound)
        present = [other for other in await uow.lessons.of_course(course.id) if other.module_id == module.id]
        added = Lesson(
            id=lesson.id,
            course_id=course.id,
            module_id=module.id,
            slug=lesson.slug,
            title=lesson.title,
            body=lesson.body,
            access=lesson.access,
            minutes=lesson.minutes,
            position=1 + max((other.position for other in present), default=-1),
            changed_at=at,
        )
        await uow.lessons.add(added)
    return added


async def change_lesson(
    uow: Uow, *, lesson_id: UUID, person: Person, version: int, change: LessonChange, at: datetime
) -> Lesson:
    """Change what `change` names. LessonNotFound, NotYourCourse, Stale."""
    async with uow:
        lesson = await _opened(uow, lesson_id, person, at)
        lesson.expect(version)
        lesson.title = lesson.title if change.title is None else change.title
        lesson.body = lesson.body if change.body is None else change.body
        lesson.access = lesson.access if change.access is None else change.access
        lesson.minutes = lesson.minutes if change.minutes is None else change.minutes
    return lesson


async def archive_lesson(uow: Uow, *, lesson_id: UUID, person: Person, version: int, at: datetime) -> None:
    """Take the lesson out of the course; what learners did in it is kept. LessonNotFound, NotYourCourse, Stale."""
    async with uow:
        lesson = await _opened(uow, lesson_id, person, at)
        lesson.expect(version)
        lesson.archived_at = at


@dataclass(frozen=True, kw_only=True)
class AssignmentEdit:
    """An author's whole text for a lesson's assignment, meant for `version` of the lesson; `new_id` if it has none yet."""

    lesson_id: UUID
    version: int
    new_id: UUID
    text: AssignmentText


async def write_assignment(
    uow: Uow, *, person: Person, edit: AssignmentEdit, at: datetime
) -> tuple[Lesson, Assignment]:
    """Give the lesson an assignment or rewrite the one it has. LessonNotFound, NotYourCourse, Stale, SlugTaken."""
    text = edit.text
    async with uow:
        lesson = await _opened(uow, edit.lesson_id, person, at)
        lesson.expect(edit.version)
        assignment = await uow.lessons.assignment(lesson.id)
        if assignment is None:
            assignment = Assignment(id=edit.new_id, course_id=lesson.course_id, lesson_id=lesson.id, **vars(text))
            await uow.lessons.add_assignment(assignment)
        else:
            rewrite(assignment, text)
    return lesson, assignment


def rewrite(assignment: Assignment, text: AssignmentText) -> None:
    """Give the assignment another text; its slug, which people may have linked to, stays."""
    assignment.title = text.title
    assignment.prompt = text.prompt
    assignment.starter_file = text.starter_file
    assignment.starter_code = text.starter_code
    assignment.visible_tests = text.visible_tests
    assignment.hidden_tests = text.hidden_tests
    assignment.points = text.points


async def _opened(uow: Uow, lesson_id: UUID, person: Person, at: datetime) -> Lesson:
    """The lesson, its course locked and marked as changed. The lock comes first: what is read after it is not stale."""
    course_id = await uow.lessons.course_id(lesson_id)
    course: Course | None = None if course_id is None else await uow.courses.lock_by_id(course_id)
    opened_for_editing(course, person, at, absent=LessonNotFound)
    lesson = await uow.lessons.get(lesson_id)
    if lesson is None or lesson.archived_at is not None:
        raise LessonNotFound
    lesson.changed_at = at
    return lesson
