"""What people read: the catalogue, lessons, assignments, progress. Rows go straight into these; no entity is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.learning.domain.access import (
    Access,
    AssignmentStanding,
    CourseNotFound,
    LessonNotFound,
    LessonStanding,
    Person,
    Standing,
)
from services.learning.domain.submissions import State, SubmissionNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseCard:
    """A course in a list."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    published_at: datetime | None
    lessons: int
    minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthoredCourse:
    """A course in its author's list; `version` is what If-Match asks for."""

    id: UUID
    slug: str
    title: str
    author_id: UUID | None
    published_at: datetime | None
    archived_at: datetime | None
    changed_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentCard:
    """An assignment in its course's outline."""

    id: UUID
    slug: str
    title: str
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonCard:
    """A lesson in its course's outline, without its text."""

    id: UUID
    slug: str
    title: str
    access: Access
    minutes: int
    assignment: AssignmentCard | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleCard:
    """A module in its course's outline."""

    id: UUID
    slug: str
    title: str
    lessons: list[LessonCard]


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseOutline:
    """A course with its modules and lessons, in order."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    published_at: datetime | None
    archived_at: datetime | None
    version: int
    modules: list[ModuleCard]


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonText:
    """A lesson to be read. `body` is Markdown; `completed_at` is when the reader finished it."""

    id: UUID
    course_slug: str
    slug: str
    title: str
    access: Access
    minutes: int
    body: str
    assignment_id: UUID | None
    completed_at: datetime | None
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file of code."""

    name: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentSheet:
    """An assignment to be solved. `hidden_tests` is None for all who may not edit the course."""

    id: UUID
    lesson_id: UUID
    slug: str
    title: str
    prompt: str
    starter_file: str
    starter_code: str
    visible_tests: list[SourceFile]
    hidden_tests: list[SourceFile] | None
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseProgress:
    """How far a learner has come in a course; archived lessons do not count."""

    course_id: UUID
    slug: str
    title: str
    enrolled_at: datetime
    lessons_done: int
    lessons_total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmissionSheet:
    """What was handed in."""

    id: UUID
    user_id: UUID
    assignment_id: UUID
    code: str
    state: State
    submitted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Titled:
    """A place in a list by title: just after this course."""

    title: str
    id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Dated:
    """A place in a list that begins with the newest: just after this course."""

    at: datetime
    id: UUID


class Reads(Protocol):
    """What is stored, as people read it. Archived lessons are not found. A user of None is somebody not signed in.

    Of a list, up to `limit` are read, those behind the place `after` if it is given.
    """

    async def published(self, *, after: Titled | None, limit: int) -> Sequence[CourseCard]:
        """The catalogue, by title."""

    async def authored(self, author_id: UUID | None, *, after: Dated | None, limit: int) -> Sequence[AuthoredCourse]:
        """An author's courses, drafts and archived ones too, the last changed first; everybody's for None."""

    async def outline(self, slug: str, user_id: UUID | None) -> tuple[Standing, CourseOutline] | None: ...

    async def lesson(self, lesson_id: UUID, user_id: UUID) -> tuple[LessonStanding, LessonText] | None: ...

    async def assignment(
        self, assignment_id: UUID, user_id: UUID
    ) -> tuple[AssignmentStanding, AssignmentSheet] | None: ...

    async def progress(self, user_id: UUID, *, after: Dated | None, limit: int) -> Sequence[CourseProgress]:
        """The person's courses, the last joined first."""

    async def submission(self, submission_id: UUID) -> tuple[UUID | None, SubmissionSheet] | None:
        """The submission with the author of its course."""


async def view_course(reads: Reads, *, slug: str, person: Person | None) -> CourseOutline:
    """The outline. CourseNotFound, for other people's drafts as well."""
    found = await reads.outline(slug, person.user_id if person else None)
    if found is None:
        raise CourseNotFound
    course, outline = found
    if not (course.visible_to(person) if person else course.published and not course.archived):
        raise CourseNotFound
    return outline


async def open_lesson(reads: Reads, *, lesson_id: UUID, person: Person) -> LessonText:
    """The lesson's text. LessonNotFound, UpgradeRequired."""
    found = await reads.lesson(lesson_id, person.user_id)
    if found is None:
        raise LessonNotFound
    lesson, text = found
    lesson.admit(person)
    return text


async def open_assignment(reads: Reads, *, assignment_id: UUID, person: Person) -> AssignmentSheet:
    """The assignment, with its hidden tests only for who may edit them. LessonNotFound, UpgradeRequired."""
    found = await reads.assignment(assignment_id, person.user_id)
    if found is None:
        raise LessonNotFound("assignment")
    assignment, sheet = found
    assignment.admit(person)
    return sheet if person.edits(assignment.author_id) else replace(sheet, hidden_tests=None)


async def view_submission(reads: Reads, *, submission_id: UUID, person: Person) -> SubmissionSheet:
    """One's own submission, or one in a course that one may edit. SubmissionNotFound."""
    found = await reads.submission(submission_id)
    if found is None:
        raise SubmissionNotFound
    author_id, sheet = found
    if person.user_id != sheet.user_id and not person.edits(author_id):
        raise SubmissionNotFound
    return sheet
