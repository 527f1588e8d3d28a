"""Paging through a feed: no entry twice, none missing, and no cursor but ours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.activity.main import create_app
from services.activity.settings import Settings
from shared.events.auth import EmailVerified
from shared.events.learning import LessonCompleted
from tests.running import Running, running

FEED = "/api/activity/v1/feed"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENTRIES = 23


@pytest.fixture(scope="module")
async def run(database_url: str) -> AsyncIterator[Running]:
    async with running(create_app, Settings, database_url) as service:
        yield service


async def busy_person(run: Running) -> UUID:
    """Somebody with 23 entries, several of which share their time to the microsecond."""
    person = uuid7()
    for n in range(ENTRIES):
        event = LessonCompleted(user_id=person, course_id=uuid7(), lesson_id=uuid7(), lesson_title=f"{n}")
        await run.happens(event, at=START + timedelta(microseconds=n // 5))
    return person


async def page(run: Running, person: UUID, **params: Any) -> dict[str, Any]:
    answer = await run.client.get(FEED, headers=run.sign_in(person), params=params)
    assert answer.status_code == HTTPStatus.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def all_pages(run: Running, person: UUID, limit: int) -> list[dict[str, Any]]:
    found = await page(run, person, limit=limit)
    items = found["items"]
    while found["next"]:
        assert len(found["items"]) == limit
        found = await page(run, person, limit=limit, after=found["next"])
        items += found["items"]
    return list(items)


@pytest.mark.parametrize("limit", [1, 4, 22, 23, 24, 100])
async def test_pages_hold_every_entry_once_newest_first(run: Running, limit: int) -> None:
    person = await busy_person(run)
    items = await all_pages(run, person, limit)
    places = [(datetime.fromisoformat(item["at"]), item["id"]) for item in items]
    assert len(items) == len({item["id"] for item in items}) == ENTRIES
    assert places == sorted(places, reverse=True)


async def test_what_happens_meanwhile_neither_repeats_nor_hides_anything(run: Running) -> None:
    person = await busy_person(run)
    first = await page(run, person, limit=10)
    await run.happens(EmailVerified(user_id=person), at=START + timedelta(hours=1))
    second = await page(run, person, limit=20, after=first["next"])
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(ids) == len(set(ids)) == ENTRIES
    assert second["next"] is None


async def test_an_exactly_full_last_page_has_no_next(run: Running) -> None:
    person = await busy_person(run)
    assert (await page(run, person, limit=ENTRIES))["next"] is None


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many"])
async def test_a_limit_out_of_range_is_refused(run: Running, limit: str) -> None:
    answer = await run.client.get(FEED, headers=run.sign_in(uuid7()), params={"limit": limit})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def spoilt(cursor: str) -> dict[str, str]:
    other = {"A": "B"}
    return {
        "changed signature": other.get(cursor[0], "A") + cursor[1:],
        "changed place": cursor[:-3] + other.get(cursor[-3], "A") + cursor[-2:],
        "cut off": cursor[:-4],
        "longer": cursor + "AAAA",
        "stray characters": f"{cursor[:8]}!{cursor[8:]}",
        "no base64": "ü" * 10,
        "empty": "",
        "sql": "' or 1=1 --",
    }


async def test_a_cursor_that_was_tampered_with_is_refused(run: Running) -> None:
    person = await busy_person(run)
    cursor = (await page(run, person, limit=5))["next"]
    for how, value in spoilt(cursor).items():
        answer = await run.client.get(FEED, headers=run.sign_in(person), params={"after": value})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, how
        assert answer.json()["errors"][0]["field"] == "query.after", how


async def test_a_cursor_of_another_feed_is_refused(run: Running) -> None:
    cursor = (await page(run, await busy_person(run), limit=5))["next"]
    answer = await run.client.get(FEED, headers=run.sign_in(uuid7()), params={"after": cursor})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["type"].endswith("/cursor-invalid")


async def test_an_admin_pages_through_the_feed_of_others(run: Running) -> None:
    person = await busy_person(run)
    grace = run.sign_in(uuid7(), "admin")
    first = (await run.client.get(FEED, headers=grace, params={"user_id": str(person), "limit": 20})).json()
    params = {"user_id": str(person), "after": first["next"]}
    second = (await run.client.get(FEED, headers=grace, params=params)).json()
    assert len(first["items"]) + len(second["items"]) == ENTRIES
