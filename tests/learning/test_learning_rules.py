"""What joining, finishing and handing in mean, and what is announced of it, without a database."""

from datetime import datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from services.learning.domain.access import CourseNotFound, LessonNotFound, NotEnrolled, Person, UpgradeRequired
from services.learning.domain.courses import Course, CourseChange, NothingToPublish, change_course
from services.learning.domain.enrolments import NotOpen, complete_lesson, enrol, entitle, start_learner
from services.learning.domain.submissions import (
    CodeTooLarge,
    HandIn,
    Submission,
    submit,
)
from shared.errors import IdempotencyKeyReused, Stale
from shared.events.learning import AssignmentSubmitted, Enrolled, LessonCompleted
from tests.learning.fakes import NOW, FakeUow, standing

ADA = Person(user_id=uuid7())
LATER = NOW + timedelta(hours=1)


async def test_a_new_learner_joins_the_starter_course_once() -> None:
    uow = FakeUow()

    for at in (NOW, LATER):
        await start_learner(uow, user_id=ADA.user_id, at=at)

    assert uow.progress.learners == {ADA.user_id: NOW}
    assert [type(event) for event in uow.emitted] == [Enrolled]


@pytest.mark.parametrize(
    "uow", [FakeUow(starter=False), FakeUow(standing(published=False)), FakeUow(standing(archived=True))]
)
async def test_a_learner_without_an_open_starter_course_is_a_learner_all_the_same(uow: FakeUow) -> None:
    await start_learner(uow, user_id=ADA.user_id, at=NOW)

    assert ADA.user_id in uow.progress.learners
    assert uow.emitted == []


async def test_joining_again_gives_the_first_enrolment() -> None:
    uow = FakeUow(standing(enrolled=False))

    first = await enrol(uow, course_slug="loops", person=ADA, at=NOW)
    second = await enrol(uow, course_slug="loops", person=ADA, at=LATER)

    assert second is first
    assert len(uow.emitted) == 1


async def test_nobody_joins_what_is_not_open() -> None:
    author = uuid7()
    draft = FakeUow(standing(enrolled=False, published=False, author_id=author))

    with pytest.raises(CourseNotFound):
        await enrol(draft, course_slug="loops", person=ADA, at=NOW)
    with pytest.raises(NotOpen):
        await enrol(draft, course_slug="loops", person=Person(user_id=author), at=NOW)
    assert draft.emitted == []


async def test_a_lesson_is_finished_and_announced_once() -> None:
    uow = FakeUow()
    lesson = uow.standings.assignment

    for at in (NOW, LATER):
        done = await complete_lesson(uow, lesson_id=lesson.lesson_id, person=ADA, at=at)

    assert done.completed_at == NOW
    (fact,) = uow.emitted
    assert isinstance(fact, LessonCompleted)
    assert (fact.lesson_id, fact.lesson_title) == (lesson.lesson_id, "For")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"enrolled": False}, NotEnrolled),
        ({"access": "pro"}, UpgradeRequired),
        ({"published": False}, LessonNotFound),
    ],
)
async def test_a_lesson_is_not_finished_by_whom_it_is_shut_to(
    changes: dict[str, object], refusal: type[Exception]
) -> None:
    uow = FakeUow(standing(**changes))

    with pytest.raises(refusal):
        await complete_lesson(uow, lesson_id=uow.standings.assignment.lesson_id, person=ADA, at=NOW)

    assert not uow.progress.completions
    assert uow.emitted == []


async def test_an_entitlement_is_known_from_then_on() -> None:
    uow = FakeUow()

    await entitle(uow, user_id=ADA.user_id, tier="pro", at=NOW)

    assert uow.progress.tiers == {ADA.user_id: "pro"}


async def test_a_submission_is_kept_once_for_its_key_and_announced_without_code() -> None:
    uow = FakeUow()

    kept = [await _submit(uow, "x = 1") for _ in range(2)]

    assert kept[0] is kept[1]
    (fact,) = uow.emitted
    assert isinstance(fact, AssignmentSubmitted)
    assert fact.submission_id == kept[0].id
    assert "x = 1" not in fact.model_dump_json()


async def test_nothing_is_handed_in_where_the_lesson_is_shut() -> None:
    uow = FakeUow(standing(access="pro"))

    with pytest.raises(UpgradeRequired):
        await _submit(uow, "x = 1")

    assert not uow.submissions.kept


async def test_a_key_stands_for_one_body() -> None:
    uow = FakeUow()
    await _submit(uow, "x = 1")

    with pytest.raises(IdempotencyKeyReused):
        await _submit(uow, "x = 2")


async def test_a_repeated_request_is_answered_even_when_the_lesson_has_shut_since() -> None:
    uow = FakeUow()
    first = await _submit(uow, "x = 1")
    uow.standings.assignment = standing(published=False, assignment_id=uow.standings.assignment.assignment_id)

    assert await _submit(uow, "x = 1") is first


async def test_the_limit_of_code_counts_bytes() -> None:
    uow = FakeUow()

    with pytest.raises(CodeTooLarge):
        await _submit(uow, "é" * 32_769)


async def test_an_edit_of_another_version_is_stale() -> None:
    uow, course = await _draft()

    with pytest.raises(Stale):
        await _change(uow, course.version + 1, CourseChange(title="New"))

    assert course.title == "Loops"


async def test_publishing_needs_a_lesson_and_keeps_its_first_time() -> None:
    uow, course = await _draft()

    with pytest.raises(NothingToPublish):
        await _change(uow, 1, CourseChange(published=True))
    uow.courses.readable.add(course.id)
    await _change(uow, 1, CourseChange(published=True))
    published = course.published_at
    await _change(uow, 1, CourseChange(published=True, title="New"), at=LATER + timedelta(hours=1))

    assert course.published_at is published is not None
    assert (course.title, course.summary) == ("New", "About loops.")


async def test_a_course_goes_back_to_being_a_draft() -> None:
    uow, course = await _draft()
    course.published_at = NOW

    await _change(uow, 1, CourseChange(published=False))

    assert course.published_at is None


async def _submit(uow: FakeUow, code: str) -> Submission:
    request = HandIn(assignment_id=uow.standings.assignment.assignment_id, code=code, idempotency_key="k")
    return await submit(uow, person=ADA, request=request, new_id=uuid7(), at=NOW)


async def _draft() -> tuple[FakeUow, Course]:
    course = Course(
        id=uuid7(),
        slug="loops",
        title="Loops",
        summary="About loops.",
        language="en",
        author_id=ADA.user_id,
        changed_at=NOW,
    )
    uow = FakeUow()
    await uow.courses.add(course)
    return uow, course


async def _change(uow: FakeUow, version: int, change: CourseChange, at: datetime = LATER) -> None:
    await change_course(uow, slug="loops", person=ADA, version=version, change=change, at=at)
