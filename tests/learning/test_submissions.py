"""Handing in a solution: kept once per Idempotency-Key, seen by whom it concerns, never in an event."""

import asyncio

import httpx
import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from services.learning.main import create_app
from services.learning.settings import Settings
from tests.learning.school import Human, WrittenCourse, ada, brian, emitted, grace, mallory, refused, write_course
from tests.running import Running, running

SUBMITTED = "learning.assignment-submitted.v1"
HELD = """insert into learning.submission
    values (:id, :user, :course, :assignment, 'x', 'received', 'held', sha256('x'), now())"""
IMPATIENT = "set lock_timeout = '200ms'"
CODE = "def one():\n    return 1  # secret-solution\n"


@pytest.fixture(scope="module")
def author(run: Running) -> Human:
    return brian(run)


@pytest.fixture(scope="module")
async def course(author: Human) -> WrittenCourse:
    return await write_course(author, "to-be-solved")


@pytest.fixture(scope="module")
def path(course: WrittenCourse) -> str:
    return f"/assignments/{course.free_assignment}/submissions"


async def test_a_submission_is_kept_as_received_and_announced_without_its_code(
    run: Running, course: WrittenCourse, path: str
) -> None:
    learner = ada(run)

    response = await learner.post(path, {"code": CODE}, idempotency_key="first")

    assert (response.status_code, response.json()["state"]) == (201, "received")
    kept = (await learner.get(f"/submissions/{response.json()['id']}")).json()
    assert (kept["code"], kept["state"], kept["assignment_id"]) == (CODE, "received", str(course.free_assignment))
    (fact,) = await emitted(run, learner.id, SUBMITTED)
    assert fact["submission_id"] == kept["id"]
    assert "secret-solution" not in str(fact)


async def test_a_repeated_request_is_answered_byte_for_byte_the_same(run: Running, path: str) -> None:
    learner = ada(run)

    answers = [await learner.post(path, {"code": CODE}, idempotency_key="again") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert len(await emitted(run, learner.id, SUBMITTED)) == 1


async def test_simultaneous_repetitions_are_carried_out_once(run: Running, path: str) -> None:
    learner = ada(run)

    answers = await asyncio.gather(*(learner.post(path, {"code": CODE}, idempotency_key="now") for _ in range(5)))

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert len(await emitted(run, learner.id, SUBMITTED)) == 1


async def test_a_key_that_is_still_at_work_elsewhere_is_answered_409_and_when_to_retry(
    run: Running, database_url: str, course: WrittenCourse, path: str
) -> None:
    row = {"id": uuid7(), "user": uuid7(), "course": course.id, "assignment": course.free_assignment}
    async with run.database.sessions() as session:
        # Another replica that has not committed yet; and a role whose patience is shorter than the usual 5 s.
        await session.execute(text(HELD), row)
        database = database_url.rpartition("/")[2]
        async with run.database.transaction() as settings:
            await settings.execute(text(f'alter role learning in database "{database}" {IMPATIENT}'))
        async with running(create_app, Settings, database_url) as impatient:
            learner = Human(run=impatient, id=row["user"])
            response = await learner.post(path, {"code": CODE}, idempotency_key="held")

    refused(response, 409, "request-in-progress")
    assert response.headers["retry-after"] == "1"


async def test_another_body_or_assignment_under_a_used_key_is_refused(run: Running, author: Human, path: str) -> None:
    learner = ada(run)
    other = await write_course(author, f"other-{str(learner.id)[-12:]}")
    await learner.post(path, {"code": CODE}, idempotency_key="used")

    other_body = await learner.post(path, {"code": "other"}, idempotency_key="used")
    elsewhere = f"/assignments/{other.free_assignment}/submissions"
    other_assignment = await learner.post(elsewhere, {"code": CODE}, idempotency_key="used")

    refused(other_body, 422, "idempotency-key-reused")
    refused(other_assignment, 422, "idempotency-key-reused")
    assert len(await emitted(run, learner.id, SUBMITTED)) == 1


async def test_two_people_may_use_the_same_key(run: Running, path: str) -> None:
    first = await ada(run).post(path, {"code": CODE}, idempotency_key="shared")
    second = await ada(run).post(path, {"code": "mine"}, idempotency_key="shared")

    assert first.status_code == second.status_code == 201
    assert first.json()["id"] != second.json()["id"]


async def test_a_submission_without_a_key_is_refused(run: Running, path: str) -> None:
    problem = (await ada(run).post(path, {"code": CODE})).json()

    assert (problem["status"], problem["errors"][0]["field"]) == (422, "header.idempotency-key")


@pytest.mark.parametrize("key", ["k", "k" * 255, "8f0c2b0e 5f0e~!"])
async def test_a_key_is_up_to_255_printable_ascii_characters(run: Running, path: str, key: str) -> None:
    assert (await ada(run).post(path, {"code": CODE}, idempotency_key=key)).status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 256, "k\u00e9y", "key\t1"])
async def test_without_a_usable_key_the_header_is_named(run: Running, path: str, key: str) -> None:
    learner = ada(run)

    response = await run.client.post(
        f"/api/learning/v1{path}",
        json={"code": CODE},
        headers=httpx.Headers({**learner.headers, "idempotency-key": key}, encoding="latin-1"),
    )

    refused(response, 422, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == ["header.idempotency-key"]


@pytest.mark.parametrize(("code", "status"), [("é" * 32_768, 201), ("é" * 32_768 + "x", 422), ("a\x00b", 422)])
async def test_code_has_at_most_64_kib_and_nothing_that_cannot_be_stored(
    run: Running, path: str, code: str, status: int
) -> None:
    response = await ada(run).post(path, {"code": code}, idempotency_key="size")

    assert response.status_code == status


async def test_a_lone_surrogate_is_a_bad_request_and_not_a_crash(run: Running, path: str) -> None:
    learner = ada(run)

    response = await run.client.post(
        f"/api/learning/v1{path}",
        content=b'{"code": "\\ud800"}',
        headers={**learner.headers, "idempotency-key": "surrogate", "content-type": "application/json"},
    )

    assert response.status_code == 422


async def test_a_submission_is_shown_to_its_learner_the_courses_author_and_admins(
    run: Running, author: Human, path: str
) -> None:
    learner = ada(run)
    submission = (await learner.post(path, {"code": CODE}, idempotency_key="seen-by")).json()["id"]

    for who in (learner, author, grace(run)):
        assert (await who.get(f"/submissions/{submission}")).json()["code"] == CODE
    for who in (mallory(run), brian(run)):
        refused(await who.get(f"/submissions/{submission}"), 404, "submission-not-found")
