"""Courses and their modules: what authors make and change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.learning.domain.access import CourseNotFound, NotYourCourse, Person
from shared.errors import Conflict, NotFound, Stale
from shared.uow import UnitOfWork


class SlugTaken(Conflict):
    """Another course, or another part of this course, has the slug."""

    slug = "slug-taken"

    def __init__(self) -> None:
        super().__init__("This slug is in use, maybe by something archived. Choose another one.")


class NothingToPublish(Conflict):
    """A course without lessons cannot be published."""

    slug = "nothing-to-publish"

    def __init__(self) -> None:
        super().__init__("Write at least one lesson before you publish the course.")


class ModuleNotFound(NotFound):
    """There is no such module, or not for the caller."""

    slug = "module-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such module. GET /api/learning/v1/courses/{slug} lists what a course has.")


@dataclass(kw_only=True, eq=False)
class Course:
    """A course. `version` grows by one with each change of it or of anything in it; `author_id` is None for the platform's own."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    author_id: UUID | None
    changed_at: datetime
    published_at: datetime | None = None
    archived_at: datetime | None = None
    version: int = 1

    def expect(self, version: int) -> None:
        """Stale unless the course still is at `version`."""
        if self.version != version:
            raise Stale


@dataclass(kw_only=True, eq=False)
class Module:
    """A chapter of a course; `position` counts from 0."""

    id: UUID
    course_id: UUID
    slug: str
    title: str
    position: int
    archived_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CourseChange:
    """What to change; None leaves as it is."""

    title: str | None = None
    summary: str | None = None
    published: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NewModule:
    """A module that has no place yet."""

    id: UUID
    slug: str
    title: str


class Courses(Protocol):
    """The courses there are."""

    async def add(self, course: Course) -> None:
        """Keep a new course. SlugTaken, at the latest at the end of the unit of work."""

    async def lock(self, slug: str) -> Course | None:
        """The course, held against other editors until the unit of work ends."""

    async def lock_by_id(self, course_id: UUID) -> Course | None:
        """As `lock`."""

    async def add_module(self, module: Module) -> None:
        """Keep a new module. SlugTaken as in `add`."""

    async def module(self, module_id: UUID) -> Module | None: ...

    async def modules(self, course_id: UUID) -> Sequence[Module]:
        """All of a course's modules, archived ones too."""

    async def has_lessons(self, course_id: UUID) -> bool:
        """Whether there is anything to read in the course."""


class Uow(UnitOfWork, Protocol):
    """What these use cases need."""

    @property
    def courses(self) -> Courses: ...


async def create_course(uow: Uow, *, course: Course) -> Course:
    """Keep a new draft. SlugTaken."""
    async with uow:
        await uow.courses.add(course)
    return course


async def change_course(
    uow: Uow, *, slug: str, person: Person, version: int, change: CourseChange, at: datetime
) -> Course:
    """Change what `change` names. CourseNotFound, NotYourCourse, Stale, NothingToPublish."""
    async with uow:
        course = opened_for_editing(await uow.courses.lock(slug), person, at)
        course.expect(version)
        course.title = course.title if change.title is None else change.title
        course.summary = course.summary if change.summary is None else change.summary
        if change.published is False:
            course.published_at = None
        elif change.published and course.published_at is None:
            if not await uow.courses.has_lessons(course.id):
                raise NothingToPublish
            course.published_at = at
    return course


async def archive_course(uow: Uow, *, slug: str, person: Person, version: int, at: datetime) -> None:
    """Take the course out of the catalogue; who joined it keeps it. CourseNotFound, NotYourCourse, Stale."""
    async with uow:
        course = opened_for_editing(await uow.courses.lock(slug), person, at)
        course.expect(version)
        course.archived_at = course.archived_at or at


async def add_module(uow: Uow, *, course_slug: str, person: Person, module: NewModule, at: datetime) -> Module:
    """Append a module to the course. CourseNotFound, NotYourCourse, SlugTaken."""
    async with uow:
        course = opened_for_editing(await uow.courses.lock(course_slug), person, at)
        position = len(await uow.courses.modules(course.id))
        added = Module(id=module.id, course_id=course.id, slug=module.slug, title=module.title, position=position)
        await uow.courses.add_module(added)
    return added


def opened_for_editing(
    course: Course | None, person: Person, at: datetime, *, absent: Callable[[], NotFound] = CourseNotFound
) -> Course:
    """The course, marked as changed at `at`, if the person may change it. NotYourCourse, or `absent`: what the caller
    named is not there, or in a stranger's draft, which nobody is to tell from that.

    Whoever changes anything in a course goes through here: the mark moves the course's version, which tells the importer
    that the course is no longer as it was imported.
    """
    if course is None:
        raise absent()
    if not person.edits(course.author_id):
        raise NotYourCourse if course.published_at else absent()
    course.changed_at = at
    return course
