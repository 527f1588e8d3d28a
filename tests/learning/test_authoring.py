"""Authors write and change their own courses, admins all of them; nobody's edit is lost; what was touched is archived."""

import asyncio

import pytest

from services.learning.data.unit_of_work import SqlUow
from shared.bus.unit_of_work import Writing
from shared.db import learning as tables
from tests.learning.school import LESSON, STARTER, Human, ada, brian, grace, mallory, refused, write_course
from tests.running import Running


@pytest.fixture(scope="module")
def author(run: Running) -> Human:
    return brian(run)


async def test_learners_write_nothing(run: Running) -> None:
    refused(await ada(run).post("/courses", {"slug": "mine", "title": "Mine"}), 403, "forbidden")


async def test_a_published_course_is_in_the_catalogue_and_open(run: Running, author: Human) -> None:
    course = await write_course(author, "published")

    cards = (await mallory(run).get("/courses")).json()["items"]

    card = next(card for card in cards if card["slug"] == "published")
    assert (card["id"], card["lessons"], card["minutes"]) == (str(course.id), 2, 10)


async def test_a_course_without_lessons_is_not_published(author: Human) -> None:
    await author.post("/courses", {"slug": "empty", "title": "Empty"})

    response = await author.send("PATCH", "/courses/empty", {"published": True}, if_match='"1"')

    refused(response, 409, "nothing-to-publish")


async def test_another_author_changes_nothing(run: Running, author: Human) -> None:
    course = await write_course(author, "not-yours")
    stranger = brian(run)
    lesson = {"slug": "x", "title": "X", "access": "free", **LESSON}

    answers = [
        await stranger.send("PATCH", "/courses/not-yours", {"title": "Mine now"}, if_match='"1"'),
        await stranger.send("DELETE", "/courses/not-yours", if_match='"1"'),
        await stranger.post("/courses/not-yours/modules", {"slug": "x", "title": "X"}),
        await stranger.post(f"/modules/{course.module_id}/lessons", lesson),
        await stranger.send("PATCH", f"/lessons/{course.free_lesson}", {"title": "Mine"}, if_match='"2"'),
        await stranger.send("DELETE", f"/lessons/{course.free_lesson}", if_match='"2"'),
    ]

    for response in answers:
        refused(response, 403, "not-your-course")


async def test_another_authors_draft_does_not_exist_for_an_author(run: Running, author: Human) -> None:
    await write_course(author, "secret-draft", publish=False)

    response = await brian(run).send("PATCH", "/courses/secret-draft", {"title": "Mine"}, if_match='"1"')

    refused(response, 404, "course-not-found")


async def test_the_platforms_own_course_is_edited_by_admins_alone(run: Running) -> None:
    tag = (await grace(run).get(f"/courses/{STARTER}")).headers["etag"]

    refused(await brian(run).send("PATCH", f"/courses/{STARTER}", {"title": "X"}, if_match=tag), 403, "not-your-course")
    assert (
        await grace(run).send("PATCH", f"/courses/{STARTER}", {"summary": "Shorter."}, if_match=tag)
    ).status_code == 200


async def test_an_edit_must_say_which_version_it_is_for(author: Human) -> None:
    course = await write_course(author, "versioned")
    path = f"/lessons/{course.free_lesson}"
    tag = (await author.get(path)).headers["etag"]

    refused(await author.send("PATCH", path, {"title": "No version"}), 428, "precondition-required")
    first = await author.send("PATCH", path, {"title": "First"}, if_match=tag)
    late = await author.send("PATCH", path, {"title": "Late"}, if_match=tag)

    assert first.status_code == 200
    assert (await author.get(path)).headers["etag"] != tag
    refused(late, 412, "stale")
    assert (await author.get(path)).json()["title"] == "First"
    assert (await author.send("PATCH", path, {"title": "Next"}, if_match=first.headers["etag"])).status_code == 200


@pytest.mark.parametrize(
    "tag",
    ["3", 'W/"3"', '"1-"', '"1-x"', '"-1"', '"1-abc"', "*", '"x"', '"²"', '"99999999999999999999"', '"'],
)
async def test_a_version_that_cannot_be_one_of_ours_does_not_match(author: Human, tag: str) -> None:
    course = await write_course(author, f"odd-tag-{tag.encode().hex()}")
    headers = [(name.encode(), value.encode()) for name, value in author.headers.items()]

    response = await author.run.client.request(
        "PATCH",
        f"/api/learning/v1/lessons/{course.free_lesson}",
        json={"title": "X"},
        headers=[*headers, (b"if-match", tag.encode("latin-1"))],
    )

    refused(response, 412, "precondition-failed")


@pytest.mark.parametrize("what", ["course", "lesson"])
async def test_of_simultaneous_edits_of_one_version_one_wins(author: Human, what: str) -> None:
    course = await write_course(author, f"contested-{what}")
    path = f"/lessons/{course.free_lesson}" if what == "lesson" else f"/courses/{course.slug}"
    tag = (await author.get(path)).headers["etag"]

    answers = await asyncio.gather(
        *(author.send("PATCH", path, {"title": f"Title {n}"}, if_match=tag) for n in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_learners_join_a_course_while_it_is_being_edited(run: Running, author: Human) -> None:
    course = await write_course(author, "busy")
    editing = SqlUow(
        Writing(sessions=run.database.sessions, tables=tables.bus, wake=lambda: None), starter="", actor=None
    )

    async with editing, asyncio.timeout(20):
        await editing.courses.lock(course.slug)
        joined = await ada(run).post(f"/courses/{course.slug}/enrolment")

    assert joined.status_code == 200


async def test_authors_of_different_lessons_do_not_get_in_each_others_way(author: Human) -> None:
    course = await write_course(author, "side-by-side")
    paths = [f"/lessons/{course.free_lesson}", f"/lessons/{course.pro_lesson}"]
    tags = [(await author.get(path)).headers["etag"] for path in paths]

    answers = await asyncio.gather(
        *(author.send("PATCH", path, {"minutes": 7}, if_match=tag) for path, tag in zip(paths, tags, strict=True))
    )

    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_slug_is_given_once(author: Human) -> None:
    course = await write_course(author, "only-once")
    lesson = {"slug": "free", "title": "Again", "access": "free", **LESSON}

    refused(await author.post("/courses", {"slug": "only-once", "title": "Again"}), 409, "slug-taken")
    refused(await author.post(f"/modules/{course.module_id}/lessons", lesson), 409, "slug-taken")


async def test_an_archived_lesson_leaves_the_course_and_what_was_done_in_it_stays(run: Running, author: Human) -> None:
    course = await write_course(author, "shrinking")
    learner = ada(run)
    await learner.post("/courses/shrinking/enrolment")
    await learner.post(f"/lessons/{course.free_lesson}/completion")
    handed_in = await learner.post(
        f"/assignments/{course.free_assignment}/submissions", {"code": "x"}, idempotency_key="kept"
    )

    archived = await author.send("DELETE", f"/lessons/{course.free_lesson}", if_match='"2"')

    assert archived.status_code == 204
    refused(await learner.get(f"/lessons/{course.free_lesson}"), 404, "lesson-not-found")
    (progress,) = (await learner.get("/enrolments")).json()["items"]
    assert (progress["lessons_done"], progress["lessons_total"]) == (0, 1)
    assert (await learner.get(f"/submissions/{handed_in.json()['id']}")).json()["code"] == "x"


async def test_an_archived_course_stays_with_those_who_joined_it(run: Running, author: Human) -> None:
    course = await write_course(author, "gone")
    member, stranger = ada(run), mallory(run)
    await member.post("/courses/gone/enrolment")
    tag = (await author.get("/courses/gone")).headers["etag"]

    assert (await author.send("DELETE", "/courses/gone", if_match=tag)).status_code == 204

    assert (await member.get(f"/lessons/{course.free_lesson}")).status_code == 200
    assert (await member.post("/courses/gone/enrolment")).status_code == 200
    refused(await stranger.get("/courses/gone"), 404, "course-not-found")
    refused(await stranger.get(f"/lessons/{course.free_lesson}"), 404, "lesson-not-found")
    refused(await stranger.post("/courses/gone/enrolment"), 404, "course-not-found")
    refused(await grace(run).post("/courses/gone/enrolment"), 409, "course-not-open")


async def test_rewriting_an_assignment_keeps_its_id(author: Human) -> None:
    course = await write_course(author, "rewritten")
    path = f"/lessons/{course.free_lesson}"
    sheet = (await author.get(f"/assignments/{course.free_assignment}")).json()
    body = {key: value for key, value in sheet.items() if key not in {"id", "lesson_id"}} | {"points": 99}

    response = await author.send("PUT", f"{path}/assignment", body, if_match='"2"')

    assert (response.status_code, response.json()["assignment_id"]) == (200, str(course.free_assignment))
    assert (await author.get(f"/assignments/{course.free_assignment}")).json()["points"] == 99


async def test_an_unknown_field_is_refused(author: Human) -> None:
    response = await author.post("/courses", {"slug": "typo", "title": "Typo", "sumary": "?"})

    assert response.json()["errors"][0]["field"] == "body.sumary"
