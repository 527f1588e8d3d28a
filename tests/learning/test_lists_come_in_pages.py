"""Every list goes on by a signed cursor until its end: each course once, in one order, whatever is written meanwhile."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import update
from uuid_utils.compat import uuid7

from shared.db.learning import course, enrolment
from tests.learning.school import Human, ada, brian, created, grace, refused
from tests.running import Running

pytestmark = pytest.mark.thorough

TITLES = ["Alike", "Alike", "Alike", "Alike", "Äpfel", "apples", "Zoo"]
LISTS = ["/courses", "/authored-courses", "/enrolments"]
ONE_MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


async def reader_of(run: Running, path: str) -> Human:
    """Who finds all those courses in the list. Four have the same title, and all were changed and joined at one moment."""
    author, learner = brian(run), ada(run)
    written = [f"course-{uuid7()}" for _ in TITLES]
    for slug, title in zip(written, TITLES, strict=True):
        await created(author.post("/courses", {"slug": slug, "title": title}))
    async with run.database.transaction() as session:
        theirs = update(course).where(course.c.author_id == author.id)
        await session.execute(theirs.values(changed_at=ONE_MOMENT, published_at=ONE_MOMENT))
    if path != "/enrolments":
        return author
    for slug in written:
        assert (await learner.post(f"/courses/{slug}/enrolment")).is_success
    async with run.database.transaction() as session:
        await session.execute(update(enrolment).where(enrolment.c.user_id == learner.id).values(enrolled_at=ONE_MOMENT))
    return learner


async def page(reader: Human, path: str, **params: Any) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    answer = await reader.get(f"{path}?{query}")
    assert answer.status_code == HTTPStatus.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def slugs(reader: Human, path: str, limit: int) -> list[str]:
    found = await page(reader, path, limit=limit)
    items = found["items"]
    while found["next"]:
        assert len(found["items"]) == limit
        found = await page(reader, path, limit=limit, after=found["next"])
        items += found["items"]
    return [item["slug"] for item in items]


@pytest.mark.parametrize("path", LISTS)
async def test_pages_hold_every_course_once_in_the_order_of_the_whole_list(run: Running, path: str) -> None:
    reader = await reader_of(run, path)
    whole = (await page(reader, path, limit=500))["items"]
    assert len(whole) >= len(TITLES)
    for limit in (1, 3, len(whole) - 1, len(whole)):
        assert await slugs(reader, path, limit) == [item["slug"] for item in whole]


@pytest.mark.parametrize("path", LISTS)
async def test_what_is_written_meanwhile_neither_repeats_nor_hides_anything(run: Running, path: str) -> None:
    reader = await reader_of(run, path)
    whole = [item["slug"] for item in (await page(reader, path, limit=500))["items"]]
    first = await page(reader, path, limit=5)
    await reader_of(run, path)  # more at every place
    found, more = first["items"], first["next"]
    while more:
        following = await page(reader, path, limit=5, after=more)
        found, more = found + following["items"], following["next"]
    seen = [item["slug"] for item in found]
    assert len(seen) == len(set(seen))
    assert [slug for slug in seen if slug in whole] == whole


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "501", "-1", "many"])
async def test_a_limit_out_of_range_is_refused(run: Running, path: str, limit: str) -> None:
    assert (await brian(run).get(f"{path}?limit={limit}")).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize("path", LISTS)
async def test_a_cursor_that_was_tampered_with_is_refused(run: Running, path: str) -> None:
    reader = await reader_of(run, path)
    cursor = (await page(reader, path, limit=2))["next"]
    refused(await reader.get(f"{path}?after={cursor[:-4]}"), 422, "cursor-invalid")


@pytest.mark.parametrize("path", ["/authored-courses", "/enrolments"])
async def test_a_cursor_of_somebody_else_is_refused(run: Running, path: str) -> None:
    cursor = (await page(await reader_of(run, path), path, limit=2))["next"]
    for other in (brian(run), grace(run)):
        refused(await other.get(f"{path}?after={cursor}"), 422, "cursor-invalid")


async def test_a_cursor_of_another_list_is_refused(run: Running) -> None:
    author = await reader_of(run, "/courses")
    cursor = (await page(author, "/courses", limit=2))["next"]
    refused(await author.get(f"/authored-courses?after={cursor}"), 422, "cursor-invalid")
