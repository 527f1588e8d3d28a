"""Anonymous readers are answered from memory, and see every edit within a second, whichever replica they ask."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from uuid_utils.compat import uuid7

from services.learning.main import create_app
from services.learning.settings import Settings
from tests.learning.school import API, STARTER, ada, brian, grace, refused, write_course
from tests.running import Running, running

WITHIN = 30.0
STALE = 1.0


@pytest.fixture(scope="module")
async def other(run: Running, database_url: str) -> AsyncIterator[Running]:
    """Another replica, on the same database."""
    async with running(create_app, Settings, database_url) as replica:
        yield replica


def from_memory() -> float:
    return REGISTRY.get_sample_value("codezest_public_pages_total", {"source": "kept"}) or 0


async def remembered(replica: Running, path: str) -> Any:
    """The answer, as soon as it comes from memory."""
    async with asyncio.timeout(WITHIN):
        while True:
            before = from_memory()
            answer = await replica.client.get(API + path)
            if from_memory() > before:
                return answer
            await asyncio.sleep(0.01)


async def last_stale(replica: Running, path: str, is_new: Callable[[Any], bool]) -> float:
    """When the last request was sent that was answered with what was no longer so."""
    stale = 0.0
    async with asyncio.timeout(WITHIN):
        while True:
            asked = time.monotonic()
            if is_new(await replica.client.get(API + path)):
                return stale
            stale = asked
            await asyncio.sleep(0.005)


async def edit(author: Any, slug: str, change: Callable[[], Awaitable[Any]] | dict[str, Any]) -> float:
    """Change the course; when it was done."""
    outline = await author.get(f"/courses/{slug}")
    changed = await author.send("PATCH", f"/courses/{slug}", change, if_match=outline.headers["etag"])
    assert changed.status_code == 200, changed.text
    return time.monotonic()


async def test_a_reader_without_a_name_is_answered_from_memory(run: Running) -> None:
    for path in ("/courses", f"/courses/{STARTER}"):
        kept = await remembered(run, path)
        asked = await ada(run).get(path)
        assert kept.json() == asked.json()
        assert kept.headers["cache-control"].startswith("public")
        assert "public" not in asked.headers.get("cache-control", "")


async def test_an_edit_is_seen_on_another_replica_within_a_second(run: Running, other: Running) -> None:
    author = brian(run)
    await write_course(author, "ever-better")
    before = await remembered(other, "/courses/ever-better")
    listed = await remembered(other, "/courses")

    done = await edit(author, "ever-better", {"title": "Better Than Ever"})
    outline, cards = await asyncio.gather(
        last_stale(other, "/courses/ever-better", lambda page: page.json()["title"] == "Better Than Ever"),
        last_stale(other, "/courses", lambda page: "Better Than Ever" in page.text),
    )

    assert max(outline, cards) < done + STALE
    after = await remembered(other, "/courses/ever-better")
    assert after.headers["etag"] != before.headers["etag"]
    assert (await remembered(other, "/courses")).headers["etag"] != listed.headers["etag"]


async def test_every_kind_of_edit_of_a_published_course_is_seen(run: Running, other: Running) -> None:
    author = brian(run)
    course = await write_course(author, "much-edited")

    async def version() -> str:
        return str((await author.get("/courses/much-edited")).headers["etag"])

    edits: dict[str, tuple[str, str, dict[str, Any]]] = {
        "a module": ("POST", "/courses/much-edited/modules", {"slug": "more", "title": "Seen module"}),
        "a lesson": (
            "POST",
            f"/modules/{course.module_id}/lessons",
            {"slug": "one-more", "title": "Seen lesson", "body": "", "access": "free", "minutes": 7},
        ),
    }
    for name, (method, path, body) in edits.items():
        await remembered(other, "/courses/much-edited")
        added = await author.send(method, path, body, if_match=await version())
        done = time.monotonic()
        assert added.status_code == 201, (name, added.text)
        seen = await last_stale(other, "/courses/much-edited", lambda page, body=body: body["title"] in page.text)  # type: ignore[misc]
        assert seen < done + STALE, name


async def test_a_course_that_is_taken_back_is_gone_within_a_second(run: Running, other: Running) -> None:
    author = brian(run)
    await write_course(author, "regretted")
    await remembered(other, "/courses/regretted")
    await remembered(other, "/courses")

    done = await edit(author, "regretted", {"published": False})
    gone = await asyncio.gather(
        last_stale(other, "/courses/regretted", lambda page: page.status_code == 404),
        last_stale(other, "/courses", lambda page: "regretted" not in page.text),
    )
    assert max(gone) < done + STALE


async def test_a_draft_that_its_author_reads_stays_hidden(run: Running) -> None:
    author = brian(run)
    await write_course(author, "secret-draft", publish=False)
    for _ in range(3):
        assert (await author.get("/courses/secret-draft")).status_code == 200
        refused(await run.client.get(f"{API}/courses/secret-draft"), 404, "course-not-found")
        assert "secret-draft" not in (await author.get("/courses")).text
        assert "secret-draft" not in (await run.client.get(f"{API}/courses")).text


async def test_whoever_has_the_list_is_told_that_it_is_unchanged(run: Running) -> None:
    page = await remembered(run, "/courses")
    again = await run.client.get(f"{API}/courses", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/courses", f"/courses/{STARTER}"])
async def test_who_is_signed_in_is_told_too_until_it_changes(run: Running, path: str) -> None:
    known = (await brian(run).get(path)).headers["etag"]
    again = await brian(run).send("GET", path, if_none_match=f'"other", W/{known}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", known)
    outline = await grace(run).get(f"/courses/{STARTER}")
    change = {"title": f"Title {uuid7()}"}
    edited = await grace(run).send("PATCH", f"/courses/{STARTER}", change, if_match=outline.headers["etag"])
    assert edited.status_code == 200
    assert (await brian(run).send("GET", path, if_none_match=known)).status_code == 200


async def test_a_bad_token_is_refused_on_public_pages_too(run: Running) -> None:
    await remembered(run, "/courses")
    answer = await run.client.get(f"{API}/courses", headers={"authorization": "Bearer x.y.z"})
    refused(answer, 401, "unauthenticated")
