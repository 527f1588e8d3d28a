"""The domain's ports: the fakes in memory and the SQL behind the service keep the same promises."""

from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.learning.data.unit_of_work import SqlUow
from services.learning.domain.courses import Course, Module
from services.learning.domain.enrolments import Completion, Enrolment
from services.learning.domain.submissions import Submission
from shared.bus.unit_of_work import Writing
from shared.db import learning as tables
from tests.learning.fakes import NOW, FakeUow, standing
from tests.learning.school import STARTER, WrittenCourse, brian, write_course
from tests.running import Running

LATER = NOW.replace(hour=13)


@pytest.fixture(scope="module")
async def course(run: Running) -> WrittenCourse:
    return await write_course(brian(run), "behind-the-ports")


@pytest.fixture(params=["memory", "sql"])
def uow(request: pytest.FixtureRequest, run: Running, course: WrittenCourse) -> Any:
    if request.param == "sql":
        writing = Writing(sessions=run.database.sessions, tables=tables.bus, wake=lambda: None)
        return SqlUow(writing, starter=STARTER, actor=None)
    there = standing(
        course_id=course.id,
        course_slug=course.slug,
        lesson_id=course.free_lesson,
        assignment_id=course.free_assignment,
        enrolled=False,
    )
    return FakeUow(there)


async def test_the_first_enrolment_and_completion_are_kept(uow: Any, course: WrittenCourse) -> None:
    user = uuid7()
    joined = [Enrolment(user_id=user, course_id=course.id, enrolled_at=at) for at in (NOW, LATER)]
    finished = [
        Completion(user_id=user, lesson_id=course.free_lesson, course_id=course.id, completed_at=at)
        for at in (NOW, LATER)
    ]

    async with uow:
        enrolments = [await uow.progress.enrol(enrolment) for enrolment in joined]
        completions = [await uow.progress.complete(completion) for completion in finished]

    assert enrolments == [(joined[0], True), (joined[0], False)]
    assert completions == [(finished[0], True), (finished[0], False)]


async def test_starting_and_entitling_may_be_repeated(uow: Any) -> None:
    user = uuid7()

    async with uow:
        for tier in ("free", "pro"):
            await uow.progress.start(user, NOW)
            await uow.progress.entitle(user, tier, NOW)


async def test_a_submission_is_found_by_its_key_and_the_first_one_is_kept(uow: Any, course: WrittenCourse) -> None:
    user = uuid7()
    first, second = (_submission(user, course, code) for code in ("a", "b"))

    async with uow:
        assert await uow.submissions.of_key(user, "k") is None
        added = [await uow.submissions.add(submission) for submission in (first, second)]
        assert await uow.submissions.of_key(user, "k") == first
        assert await uow.submissions.of_key(uuid7(), "k") is None

    assert added == [(first, True), (first, False)]


async def test_a_standing_is_of_what_was_asked_for(uow: Any, course: WrittenCourse) -> None:
    user = uuid7()

    async with uow:
        at_course = await uow.standings.in_course(course.slug, user)
        at_lesson = await uow.standings.at_lesson(course.free_lesson, user)
        at_assignment = await uow.standings.at_assignment(course.free_assignment, user)
        unknown = [
            await uow.standings.in_course("no-such", user),
            await uow.standings.at_lesson(uuid7(), user),
            await uow.standings.at_assignment(uuid7(), user),
        ]

    assert unknown == [None, None, None]
    assert {at_course.course_id, at_lesson.course_id, at_assignment.course_id} == {course.id}
    assert (at_lesson.lesson_id, at_lesson.access) == (course.free_lesson, "free")
    assert at_assignment.assignment_id == course.free_assignment
    assert (at_course.published, at_course.enrolled, at_course.tier) == (True, False, "free")


async def test_courses_and_modules_are_found_again(uow: Any) -> None:
    slug = f"found-{uuid7()}"
    course = Course(id=uuid7(), slug=slug, title="Found", summary="", language="en", author_id=None, changed_at=NOW)
    module = Module(id=uuid7(), course_id=course.id, slug="one", title="One", position=0)

    async with uow:
        await uow.courses.add(course)
        await uow.courses.add_module(module)

        assert await uow.courses.lock(slug) is course
        assert await uow.courses.lock_by_id(course.id) is course
        assert await uow.courses.lock("no-such") is None
        assert await uow.courses.module(module.id) is module
        assert list(await uow.courses.modules(course.id)) == [module]
        assert await uow.courses.has_lessons(course.id) is False


def _submission(user: UUID, course: WrittenCourse, code: str) -> Submission:
    return Submission(
        id=uuid7(),
        user_id=user,
        course_id=course.id,
        assignment_id=course.free_assignment,
        code=code,
        idempotency_key="k",
        request_hash=code.encode() * 32,
        submitted_at=NOW,
    )
