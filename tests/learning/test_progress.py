"""Joining a course and finishing lessons: each once, however often it is asked for."""

import asyncio

import pytest

from shared.events.auth import UserCreated
from tests.learning.school import STARTER, WrittenCourse, ada, brian, emitted, refused, write_course
from tests.running import Running

ENROLLED, COMPLETED = "learning.enrolled.v1", "learning.lesson-completed.v1"


@pytest.fixture(scope="module")
async def course(run: Running) -> WrittenCourse:
    return await write_course(brian(run), "to-be-joined")


async def test_a_new_person_is_a_learner_in_the_starter_course(run: Running) -> None:
    learner = ada(run)

    await run.happens(UserCreated(user_id=learner.id, name="Ada", locale="en", timezone="UTC"))

    (progress,) = (await learner.get("/enrolments")).json()["items"]
    assert (progress["slug"], progress["lessons_done"], progress["lessons_total"]) == (STARTER, 0, 8)
    (fact,) = await emitted(run, learner.id, ENROLLED)
    assert fact["course_title"] == "Thinking in small programs"


async def test_who_joined_the_starter_course_before_the_news_of_them_arrived_joins_it_once(run: Running) -> None:
    learner = ada(run)
    await learner.post(f"/courses/{STARTER}/enrolment")

    await run.happens(UserCreated(user_id=learner.id, name="Ada", locale="en", timezone="UTC"))

    assert len(await emitted(run, learner.id, ENROLLED)) == 1


async def test_joining_twice_is_joining_once(run: Running, course: WrittenCourse) -> None:
    learner = ada(run)

    first = await learner.post(f"/courses/{course.slug}/enrolment")
    second = await learner.post(f"/courses/{course.slug}/enrolment")

    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert len(await emitted(run, learner.id, ENROLLED)) == 1


async def test_joining_at_the_same_moment_is_joining_once(run: Running, course: WrittenCourse) -> None:
    learner = ada(run)

    answers = await asyncio.gather(*(learner.post(f"/courses/{course.slug}/enrolment") for _ in range(5)))

    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].status_code == 200
    assert len(await emitted(run, learner.id, ENROLLED)) == 1


async def test_finishing_a_lesson_needs_joining_its_course(run: Running, course: WrittenCourse) -> None:
    response = await ada(run).post(f"/lessons/{course.free_lesson}/completion")

    assert f"/courses/{course.slug}/enrolment" in refused(response, 409, "not-enrolled")


async def test_a_lesson_is_finished_once(run: Running, course: WrittenCourse) -> None:
    learner = ada(run)
    await learner.post(f"/courses/{course.slug}/enrolment")

    first = await learner.post(f"/lessons/{course.free_lesson}/completion")
    second = await learner.post(f"/lessons/{course.free_lesson}/completion")

    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    (fact,) = await emitted(run, learner.id, COMPLETED)
    assert (fact["lesson_id"], fact["lesson_title"]) == (str(course.free_lesson), "Free")
    (progress,) = (await learner.get("/enrolments")).json()["items"]
    assert (progress["lessons_done"], progress["lessons_total"]) == (1, 2)
    assert (await learner.get(f"/lessons/{course.free_lesson}")).json()["completed_at"] is not None


async def test_a_lesson_that_was_finished_is_not_called_unchanged(run: Running, course: WrittenCourse) -> None:
    learner, path = ada(run), f"/lessons/{course.free_lesson}"
    assert (await learner.post(f"/courses/{course.slug}/enrolment")).is_success
    before = await learner.get(path)
    known = {"if_none_match": before.headers["etag"]}
    assert (await learner.send("GET", path, **known)).status_code == 304
    assert (await learner.post(f"{path}/completion")).is_success
    after = await learner.send("GET", path, **known)
    assert (after.status_code, after.json()["completed_at"] is None) == (200, False)
    assert (await learner.send("GET", path, if_none_match=after.headers["etag"])).status_code == 304


async def test_progress_is_ones_own(run: Running, course: WrittenCourse) -> None:
    first, second = ada(run), ada(run)
    for learner in (first, second):
        await learner.post(f"/courses/{course.slug}/enrolment")
    await first.post(f"/lessons/{course.free_lesson}/completion")

    (progress,) = (await second.get("/enrolments")).json()["items"]

    assert progress["lessons_done"] == 0
