"""Free lessons open for everybody, Pro lessons for people with Pro, from the moment the purchase is known here."""

import pytest

from shared.events.payments import EntitlementGranted
from tests.learning.school import Human, WrittenCourse, ada, brian, grace, mallory, refused, write_course
from tests.running import Running


@pytest.fixture(scope="module")
def author(run: Running) -> Human:
    return brian(run)


@pytest.fixture(scope="module")
async def course(author: Human) -> WrittenCourse:
    return await write_course(author, "free-and-pro")


async def test_a_free_lesson_opens_for_anybody_signed_in(run: Running, course: WrittenCourse) -> None:
    assert (await ada(run).get(f"/lessons/{course.free_lesson}")).json()["assignment_id"] == str(course.free_assignment)


async def test_pro_content_is_refused_without_pro_and_the_refusal_says_what_to_do(
    run: Running, course: WrittenCourse
) -> None:
    learner = ada(run)
    await learner.post(f"/courses/{course.slug}/enrolment")

    answers = [
        await learner.get(f"/lessons/{course.pro_lesson}"),
        await learner.get(f"/assignments/{course.pro_assignment}"),
        await learner.post(f"/lessons/{course.pro_lesson}/completion"),
        await learner.post(f"/assignments/{course.pro_assignment}/submissions", {"code": "x"}, idempotency_key="k"),
    ]

    for response in answers:
        assert "/api/payments/v1/entitlements" in refused(response, 403, "upgrade-required")
        assert response.headers["retry-after"] == "1"


async def test_pro_content_opens_when_the_entitlement_arrives(run: Running, course: WrittenCourse) -> None:
    learner = ada(run)
    refused(await learner.get(f"/lessons/{course.pro_lesson}"), 403, "upgrade-required")

    await learner.buys_pro()

    assert (await learner.get(f"/lessons/{course.pro_lesson}")).status_code == 200
    assert (await learner.get(f"/assignments/{course.pro_assignment}")).status_code == 200


async def test_one_persons_purchase_opens_nothing_for_another(run: Running, course: WrittenCourse) -> None:
    await ada(run).buys_pro()

    refused(await mallory(run).get(f"/lessons/{course.pro_lesson}"), 403, "upgrade-required")


async def test_the_last_entitlement_counts(run: Running, course: WrittenCourse) -> None:
    learner = ada(run)
    await learner.buys_pro()
    await run.happens(EntitlementGranted(user_id=learner.id, tier="free", previous="pro"))

    refused(await learner.get(f"/lessons/{course.pro_lesson}"), 403, "upgrade-required")


async def test_the_author_and_admins_need_no_pro(run: Running, author: Human, course: WrittenCourse) -> None:
    assert (await author.get(f"/lessons/{course.pro_lesson}")).status_code == 200
    assert (await grace(run).get(f"/lessons/{course.pro_lesson}")).status_code == 200
    refused(await brian(run).get(f"/lessons/{course.pro_lesson}"), 403, "upgrade-required")


async def test_hidden_tests_are_shown_to_the_author_and_admins_alone(
    run: Running, author: Human, course: WrittenCourse
) -> None:
    learners = await ada(run).get(f"/assignments/{course.free_assignment}")
    authors = await author.get(f"/assignments/{course.free_assignment}")

    assert learners.json()["visible_tests"][0]["name"] == "test_one.py"
    assert learners.json()["hidden_tests"] is None
    assert "test_hidden" not in learners.text
    assert authors.json()["hidden_tests"][0]["name"] == "test_more.py"
    assert (await grace(run).get(f"/assignments/{course.free_assignment}")).json()["hidden_tests"]
