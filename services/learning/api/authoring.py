"""Writing: courses, modules, lessons and assignments, by their authors; admins may edit all."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.learning.api import examples
from services.learning.api.deps import Needs, person
from services.learning.api.fields import Slug, SlugInPath, Summary, Text, Title, a_number
from services.learning.domain import courses, lessons
from services.learning.domain.access import Access, CourseNotFound, LessonNotFound, NotYourCourse
from services.learning.domain.courses import (
    Course,
    CourseChange,
    ModuleNotFound,
    NewModule,
    NothingToPublish,
    SlugTaken,
)
from services.learning.domain.lessons import AssignmentEdit, AssignmentText, Lesson, LessonChange, NewLesson
from shared.errors import Forbidden, PreconditionRequired, Stale, Unauthenticated
from shared.http import problems
from shared.http.access import Author, Principal, owner
from shared.http.answers import answer
from shared.http.etags import ExpectedVersion

router = APIRouter(tags=["authoring"])

Minutes = Annotated[int, Field(ge=1, le=240, description="An honest guess, reading and trying included"), a_number]
Points = Annotated[int, Field(ge=1, le=1000, examples=[10]), a_number]
Body = Annotated[Text, Field(max_length=200_000, description="Markdown; raw HTML is shown as text")]
FileName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,99}$", examples=["station.py"])]

CourseOwner = Annotated[Principal, Depends(owner(others="refused", role="author", admins=True))]

EDITS = (Unauthenticated, NotYourCourse, PreconditionRequired, Stale)


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CourseRequest(_Request):
    """A new course; it is a draft until it is published. The slug is for ever."""

    slug: Slug = Field(examples=["tidy-loops"])
    title: Title = Field(examples=["Tidy loops"])
    summary: Summary = Field(default="", examples=["Say what you mean with for, while and comprehensions."])
    language: str = Field(default="en", pattern="^[a-z]{2,3}(-[A-Z]{2})?$", description="Of the texts")


class CourseEdit(_Request):
    """What to change; what is left out stays."""

    title: Title | None = Field(default=None, examples=["Tidier loops"])
    summary: Summary | None = None
    published: StrictBool | None = Field(default=None, description="True shows it in the catalogue, false hides it")


class ModuleRequest(_Request):
    """A module, to come after those that are there."""

    slug: Slug = Field(examples=["for-loops"])
    title: Title = Field(examples=["For loops"])


class LessonRequest(_Request):
    """A lesson, to come after those of its module."""

    slug: Slug = Field(examples=["over-a-list"])
    title: Title = Field(examples=["Over a list"])
    body: Body = Field(examples=["**Goal:** you can do one thing to each of many things."])
    access: Access
    minutes: Minutes = Field(examples=[20])


class LessonEdit(_Request):
    """What to change; what is left out stays."""

    title: Title | None = None
    body: Body | None = None
    access: Access | None = Field(default=None, examples=["pro"])
    minutes: Minutes | None = None


class SourceFileRequest(_Request):
    """A file of tests."""

    name: FileName
    code: Text = Field(max_length=65_536, examples=["def test_ten():\n    assert count()[-1] == 10\n"])


class AssignmentRequest(_Request):
    """All of an assignment. Its slug counts only the first time: later requests do not change it."""

    slug: Slug = Field(examples=["count-to-ten"])
    title: Title = Field(examples=["Count to ten"])
    prompt: Text = Field(max_length=50_000, examples=["Write `count()`, which returns the numbers from 1 to 10."])
    starter_file: FileName
    starter_code: Text = Field(max_length=65_536, examples=["def count():\n    ...\n"])
    visible_tests: list[SourceFileRequest] = Field(min_length=1, max_length=20)
    hidden_tests: list[SourceFileRequest] = Field(default=[], max_length=20)
    points: Points


@dataclass(frozen=True, kw_only=True)
class CourseState:
    """A course after an edit; its ETag is that of the next one."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ModuleState:
    """A module that was added."""

    id: UUID
    slug: str
    title: str


@dataclass(frozen=True, kw_only=True)
class LessonState:
    """A lesson after an edit; its ETag is that of the next one."""

    id: UUID
    slug: str
    title: str
    access: Access
    minutes: int
    assignment_id: UUID | None = None


@router.post(
    "/courses",
    status_code=HTTPStatus.CREATED,
    response_model=CourseState,
    responses={**problems.responses(Unauthenticated, Forbidden, SlugTaken), 201: examples.WRITTEN_COURSE},
)
async def create_course(body: CourseRequest, caller: Author, deps: Needs) -> Response:
    """Start a course, as a draft."""
    draft = Course(id=deps.new_id(), author_id=caller.user_id, changed_at=deps.now(), **body.model_dump())
    course = await courses.create_course(deps.uow(actor=caller.user_id), course=draft)
    return _course(course, HTTPStatus.CREATED)


@router.patch(
    "/courses/{slug}",
    response_model=CourseState,
    responses={**problems.responses(*EDITS, CourseNotFound, NothingToPublish), 200: examples.WRITTEN_COURSE},
)
async def change_course(
    slug: SlugInPath, body: CourseEdit, caller: CourseOwner, version: ExpectedVersion, deps: Needs
) -> Response:
    """Change a course, publish it or take it back into a draft."""
    course = await courses.change_course(
        deps.uow(actor=caller.user_id),
        slug=slug,
        person=person(caller),
        version=version,
        change=CourseChange(**body.model_dump()),
        at=deps.now(),
    )
    return _course(course)


@router.delete(
    "/courses/{slug}", status_code=HTTPStatus.NO_CONTENT, responses=problems.responses(*EDITS, CourseNotFound)
)
async def archive_course(slug: SlugInPath, caller: CourseOwner, version: ExpectedVersion, deps: Needs) -> None:
    """Archive a course: nobody can find or join it any more; those who had joined keep it."""
    uow = deps.uow(actor=caller.user_id)
    await courses.archive_course(uow, slug=slug, person=person(caller), version=version, at=deps.now())


@router.post(
    "/courses/{slug}/modules",
    status_code=HTTPStatus.CREATED,
    response_model=ModuleState,
    responses={
        **problems.responses(Unauthenticated, NotYourCourse, CourseNotFound, SlugTaken),
        201: examples.WRITTEN_MODULE,
    },
)
async def add_module(slug: SlugInPath, body: ModuleRequest, caller: CourseOwner, deps: Needs) -> Response:
    """Append a module to a course."""
    module = await courses.add_module(
        deps.uow(actor=caller.user_id),
        course_slug=slug,
        person=person(caller),
        module=NewModule(id=deps.new_id(), slug=body.slug, title=body.title),
        at=deps.now(),
    )
    return answer(ModuleState(id=module.id, slug=module.slug, title=module.title), status=HTTPStatus.CREATED)


@router.post(
    "/modules/{module_id}/lessons",
    status_code=HTTPStatus.CREATED,
    response_model=LessonState,
    responses={
        **problems.responses(Unauthenticated, NotYourCourse, ModuleNotFound, SlugTaken),
        201: examples.WRITTEN_LESSON,
    },
)
async def add_lesson(module_id: UUID, body: LessonRequest, caller: CourseOwner, deps: Needs) -> Response:
    """Append a lesson to a module."""
    lesson = await lessons.add_lesson(
        deps.uow(actor=caller.user_id),
        module_id=module_id,
        person=person(caller),
        lesson=NewLesson(id=deps.new_id(), **body.model_dump()),
        at=deps.now(),
    )
    return _lesson(lesson, status=HTTPStatus.CREATED)


@router.patch(
    "/lessons/{lesson_id}",
    response_model=LessonState,
    responses={**problems.responses(*EDITS, LessonNotFound), 200: examples.WRITTEN_LESSON},
)
async def change_lesson(
    lesson_id: UUID, body: LessonEdit, caller: CourseOwner, version: ExpectedVersion, deps: Needs
) -> Response:
    """Change a lesson."""
    lesson = await lessons.change_lesson(
        deps.uow(actor=caller.user_id),
        lesson_id=lesson_id,
        person=person(caller),
        version=version,
        change=LessonChange(**body.model_dump()),
        at=deps.now(),
    )
    return _lesson(lesson)


@router.delete(
    "/lessons/{lesson_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems.responses(*EDITS, LessonNotFound)
)
async def archive_lesson(lesson_id: UUID, caller: CourseOwner, version: ExpectedVersion, deps: Needs) -> None:
    """Archive a lesson: it leaves the course; what learners did in it is kept."""
    uow = deps.uow(actor=caller.user_id)
    await lessons.archive_lesson(uow, lesson_id=lesson_id, person=person(caller), version=version, at=deps.now())


@router.put(
    "/lessons/{lesson_id}/assignment",
    response_model=LessonState,
    responses={**problems.responses(*EDITS, LessonNotFound, SlugTaken), 200: examples.WRITTEN_LESSON},
)
async def write_assignment(
    lesson_id: UUID, body: AssignmentRequest, caller: CourseOwner, version: ExpectedVersion, deps: Needs
) -> Response:
    """Give a lesson an assignment, or rewrite the one it has. If-Match and ETag are the lesson's."""
    edit = AssignmentEdit(
        lesson_id=lesson_id, version=version, new_id=deps.new_id(), text=AssignmentText(**body.model_dump())
    )
    uow = deps.uow(actor=caller.user_id)
    lesson, assignment = await lessons.write_assignment(uow, person=person(caller), edit=edit, at=deps.now())
    return _lesson(lesson, assignment_id=assignment.id)


def _course(course: Course, status: HTTPStatus = HTTPStatus.OK) -> Response:
    state = CourseState(
        id=course.id,
        slug=course.slug,
        title=course.title,
        summary=course.summary,
        language=course.language,
        published_at=course.published_at,
    )
    return answer(state, status=status, version=course.version)


def _lesson(lesson: Lesson, *, assignment_id: UUID | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    state = LessonState(
        id=lesson.id,
        slug=lesson.slug,
        title=lesson.title,
        access=lesson.access,
        minutes=lesson.minutes,
        assignment_id=assignment_id,
    )
    return answer(state, status=status, version=lesson.version)
