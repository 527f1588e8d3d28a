"""Reading: the public catalogue, and what is inside for people who are signed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response

from services.learning.api import examples
from services.learning.api.deps import Limit, Needs, person
from services.learning.api.fields import SlugInPath
from services.learning.api.markdown import render
from services.learning.domain import catalogue
from services.learning.domain.access import Access, CourseNotFound, LessonNotFound, UpgradeRequired
from services.learning.domain.catalogue import AssignmentSheet, AuthoredCourse, CourseCard, CourseOutline, Dated, Titled
from shared.errors import Forbidden, Unauthenticated
from shared.http import problems
from shared.http.access import Author, Caller, MaybeCaller
from shared.http.answers import answer, page, shown
from shared.http.cursors import After, CursorInvalid

router = APIRouter(tags=["reading"])


@dataclass(frozen=True, kw_only=True)
class CoursePage:
    """Published courses, by title."""

    items: list[CourseCard]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class AuthoredPage:
    """Courses with their drafts, the last changed first."""

    items: list[AuthoredCourse]
    next: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonAnswer:
    """A lesson: `body` is the Markdown that was written, `html` the same, safe to show."""

    id: UUID
    course_slug: str
    slug: str
    title: str
    access: Access
    minutes: int
    body: str
    html: str
    assignment_id: UUID | None
    completed_at: datetime | None


@router.get(
    "/courses",
    response_model=CoursePage,
    responses={**problems.responses(Unauthenticated, CursorInvalid), 200: examples.CATALOGUE},
)
async def list_courses(_caller: MaybeCaller, deps: Needs, limit: Limit = 100, after: After = None) -> Response:
    """The catalogue: every published course. Without a token it may be a second old."""
    found = await deps.reads.published(after=deps.catalogue.open(after), limit=limit + 1)
    items, more = deps.catalogue.cut(found, limit, lambda card: Titled(title=card.title, id=card.id))
    return shown({"items": items, "next": more})


@router.get(
    "/courses/{slug}",
    response_model=CourseOutline,
    responses={**problems.responses(Unauthenticated, CourseNotFound), 200: examples.OUTLINE},
)
async def view_course(slug: SlugInPath, caller: MaybeCaller, deps: Needs) -> Response:
    """A course with its modules and lessons. Its author sees it as a draft too; the ETag is for edits of the course."""
    outline = await catalogue.view_course(deps.reads, slug=slug, person=person(caller) if caller else None)
    return shown(outline, version=outline.version)


@router.get(
    "/authored-courses",
    response_model=AuthoredPage,
    responses={**problems.responses(Unauthenticated, Forbidden, CursorInvalid), 200: examples.AUTHORED},
)
async def list_authored_courses(caller: Author, deps: Needs, limit: Limit = 100, after: After = None) -> Response:
    """The author's own courses, drafts and archived ones too; an admin's list has everybody's."""
    author = person(caller)
    whose = None if author.is_admin else author.user_id
    found = await deps.reads.authored(whose, after=deps.authored.open(after, whose), limit=limit + 1)
    items, more = deps.authored.cut(found, limit, lambda course: Dated(at=course.changed_at, id=course.id), whose)
    return page(items, next=more)


@router.get(
    "/lessons/{lesson_id}",
    response_model=LessonAnswer,
    responses={**problems.responses(Unauthenticated, LessonNotFound, UpgradeRequired), 200: examples.OPENED_LESSON},
)
async def open_lesson(lesson_id: UUID, caller: Caller, deps: Needs) -> Response:
    """A lesson's text. Pro lessons open for people with Pro, the course's author and admins."""
    lesson = await catalogue.open_lesson(deps.reads, lesson_id=lesson_id, person=person(caller))
    opened = LessonAnswer(
        id=lesson.id,
        course_slug=lesson.course_slug,
        slug=lesson.slug,
        title=lesson.title,
        access=lesson.access,
        minutes=lesson.minutes,
        body=lesson.body,
        html=render(lesson.body),
        assignment_id=lesson.assignment_id,
        completed_at=lesson.completed_at,
    )
    return shown(opened, version=lesson.version)


@router.get(
    "/assignments/{assignment_id}",
    response_model=AssignmentSheet,
    responses={**problems.responses(Unauthenticated, LessonNotFound, UpgradeRequired), 200: examples.SHEET},
)
async def open_assignment(assignment_id: UUID, caller: Caller, deps: Needs) -> Response:
    """What an assignment asks for: as open as its lesson. Hidden tests are shown to the course's author and admins alone."""
    sheet = await catalogue.open_assignment(deps.reads, assignment_id=assignment_id, person=person(caller))
    return answer(sheet)
