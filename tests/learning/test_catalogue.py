"""Anybody reads the catalogue; drafts are their author's."""

from tests.learning.school import API, STARTER, ada, brian, grace, mallory, refused, write_course
from tests.running import Running


async def test_the_starter_course_is_in_the_catalogue_of_a_new_platform(run: Running) -> None:
    cards = (await run.client.get(f"{API}/courses")).json()["items"]

    starter = next(card for card in cards if card["slug"] == STARTER)
    assert starter["lessons"] == 8
    assert starter["minutes"] > 60


async def test_an_outline_shows_modules_and_lessons_in_order_and_no_texts(run: Running) -> None:
    response = await run.client.get(f"{API}/courses/{STARTER}")

    outline = response.json()
    assert [len(module["lessons"]) for module in outline["modules"]] == [3, 3, 2]
    last = outline["modules"][2]["lessons"][1]
    assert (last["slug"], last["access"]) == ("show-that-it-works", "pro")
    assert last["assignment"]["slug"] == "morning-report"
    assert set(last) == {"id", "slug", "title", "access", "minutes", "assignment"}
    assert set(last["assignment"]) == {"id", "slug", "title", "points"}


async def test_an_unknown_course_is_not_found(run: Running) -> None:
    refused(await run.client.get(f"{API}/courses/no-such-course"), 404, "course-not-found")


async def test_a_slug_that_cannot_be_one_is_refused_before_the_database_sees_it(run: Running) -> None:
    assert (await run.client.get(f"{API}/courses/%00")).status_code == 422


async def test_a_draft_is_seen_by_its_author_and_admins_alone(run: Running) -> None:
    author = brian(run)
    await write_course(author, "a-draft", publish=False)

    refused(await run.client.get(f"{API}/courses/a-draft"), 404, "course-not-found")
    refused(await mallory(run).get("/courses/a-draft"), 404, "course-not-found")
    assert (await author.get("/courses/a-draft")).status_code == 200
    assert (await grace(run).get("/courses/a-draft")).status_code == 200
    slugs = {card["slug"] for card in (await run.client.get(f"{API}/courses")).json()["items"]}
    assert "a-draft" not in slugs


async def test_authors_list_their_own_courses_and_admins_all(run: Running) -> None:
    author, other = brian(run), brian(run)
    await write_course(author, "of-one-author", publish=False)
    await write_course(other, "of-another-author", publish=False)

    own = {course["slug"] for course in (await author.get("/authored-courses")).json()["items"]}
    everything = {course["slug"] for course in (await grace(run).get("/authored-courses")).json()["items"]}

    assert own == {"of-one-author"}
    assert {"of-one-author", "of-another-author", STARTER} <= everything
    refused(await ada(run).get("/authored-courses"), 403, "forbidden")


async def test_lessons_of_a_draft_are_not_found_by_learners(run: Running) -> None:
    course = await write_course(brian(run), "another-draft", publish=False)

    refused(await mallory(run).get(f"/lessons/{course.free_lesson}"), 404, "lesson-not-found")
    refused(await mallory(run).get(f"/assignments/{course.free_assignment}"), 404, "lesson-not-found")
    refused(await mallory(run).post("/courses/another-draft/enrolment"), 404, "course-not-found")


async def test_nobody_reads_a_lesson_without_signing_in(run: Running) -> None:
    course = await write_course(brian(run), "signed-in-only")

    refused(await run.client.get(f"{API}/lessons/{course.free_lesson}"), 401, "unauthenticated")


async def test_a_lesson_comes_as_markdown_and_as_html_that_is_safe_to_show(run: Running) -> None:
    course = await write_course(brian(run), "safe-to-show")

    lesson = (await ada(run).get(f"/lessons/{course.free_lesson}")).json()

    assert "<script>" in lesson["body"]
    assert "<script>" not in lesson["html"]
    assert "<em>there</em>" in lesson["html"]
