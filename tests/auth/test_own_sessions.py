"""People see where they are signed in, and end what they do not want."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, update
from uuid_utils.compat import uuid7

from services.auth.domain.sessions import IDLE
from shared.db.auth import session_family
from tests.auth.people import API, bearer, facts_about, refresh, registered, sign_in, signed_in, user_id_of
from tests.running import Running

pytestmark = pytest.mark.thorough

SESSIONS = f"{API}/sessions"


async def test_every_open_session_is_listed_with_its_device_and_the_present_one_is_marked(auth: Running) -> None:
    email, _ = await registered(auth)
    phone = (await sign_in(auth, email)).json()
    auth.client.headers["user-agent"] = "Firefox on Linux"
    laptop = (await sign_in(auth, email, client="api")).json()
    del auth.client.headers["user-agent"]
    items = (await auth.client.get(SESSIONS, headers=bearer(laptop))).json()["items"]
    assert [(item["device"], item["current"]) for item in items] == [
        ("Firefox on Linux", True),
        (items[1]["device"], False),
    ]
    assert {item["client"] for item in items} == {"api"}
    assert (await auth.client.get(SESSIONS, headers=bearer(phone))).json()["items"][1]["current"]


async def test_a_session_that_is_ended_cannot_be_refreshed_and_is_listed_no_more(auth: Running) -> None:
    email, lost = await signed_in(auth)
    here = (await sign_in(auth, email)).json()
    [other] = [one for one in await listed(auth, here) if not one["current"]]
    ended = await auth.client.delete(f"{SESSIONS}/{other['id']}", headers=bearer(here))
    assert ended.status_code == 204
    assert (await refresh(auth, lost["refresh_token"])).status_code == 401
    assert [one["current"] for one in await listed(auth, here)] == [True]
    assert (await facts_about(auth, await user_id_of(auth, email)))[-1] == "session-revoked"
    again = await auth.client.delete(f"{SESSIONS}/{other['id']}", headers=bearer(here))
    assert again.json()["type"].endswith("/session-not-found")


async def test_a_session_that_nobody_used_for_fourteen_days_is_over_and_listed_no_more(auth: Running) -> None:
    email, idle = await signed_in(auth)
    here = (await sign_in(auth, email)).json()
    [other] = [one["id"] for one in await listed(auth, here) if not one["current"]]
    times = [session_family.c[name] for name in ("created_at", "last_used_at", "expires_at")]
    for passed, open_ones in ((IDLE - timedelta(minutes=1), 2), (timedelta(minutes=1), 1)):
        async with auth.database.transaction() as database:
            theirs = update(session_family).where(session_family.c.id == UUID(other))
            await database.execute(theirs.values({time: time - passed for time in times}))
        assert len(await listed(auth, here)) == open_ones
    assert (await refresh(auth, idle["refresh_token"])).json()["type"].endswith("/session-over")
    gone = await auth.client.delete(f"{SESSIONS}/{other}", headers=bearer(here))
    assert gone.json()["type"].endswith("/session-not-found")


async def test_anothers_session_is_absent(auth: Running) -> None:
    _, adas = await signed_in(auth)
    _, mallorys = await signed_in(auth)
    [of_ada] = await listed(auth, adas)
    answers = [
        await auth.client.delete(f"{SESSIONS}/{session}", headers=bearer(mallorys))
        for session in (of_ada["id"], uuid7())
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].json() == answers[1].json()
    assert (await refresh(auth, adas["refresh_token"])).status_code == 200


async def test_signing_out_everywhere_else_keeps_this_session_and_other_people(auth: Running) -> None:
    email, first = await signed_in(auth)
    second, here = [(await sign_in(auth, email)).json() for _ in range(2)]
    _, stranger = await signed_in(auth)
    assert (await auth.client.delete(SESSIONS, headers=bearer(here))).status_code == 204
    assert [(await refresh(auth, one["refresh_token"])).status_code for one in (first, second)] == [401, 401]
    assert [(await refresh(auth, one["refresh_token"])).status_code for one in (here, stranger)] == [200, 200]
    facts = await facts_about(auth, await user_id_of(auth, email))
    assert facts.count("session-revoked") == 2


async def test_a_hundred_refreshes_of_one_token_at_once_have_one_successor(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    answers = await asyncio.gather(*(refresh(auth, tokens["refresh_token"]) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    [successor] = {answer.json()["refresh_token"] for answer in answers}
    assert (await refresh(auth, successor)).status_code == 200


async def test_whatever_races_with_it_nothing_is_refreshed_once_a_session_has_ended(auth: Running) -> None:
    for _ in range(10):
        email, tokens = await signed_in(auth)
        here = (await sign_in(auth, email)).json()
        ending = auth.client.delete(SESSIONS, headers=bearer(here))
        raced, ended = await asyncio.gather(refresh(auth, tokens["refresh_token"]), ending)
        assert ended.status_code == 204
        latest = raced.json().get("refresh_token", tokens["refresh_token"])
        assert (await refresh(auth, latest)).status_code == 401


async def test_a_token_used_twice_ends_its_family_and_no_other(auth: Running) -> None:
    email, stolen = await signed_in(auth)
    other = (await sign_in(auth, email)).json()
    second = (await refresh(auth, stolen["refresh_token"])).json()
    third = (await refresh(auth, second["refresh_token"])).json()
    assert (await refresh(auth, stolen["refresh_token"])).status_code == 401
    assert (await refresh(auth, third["refresh_token"])).status_code == 401
    assert (await refresh(auth, other["refresh_token"])).status_code == 200
    assert (await facts_about(auth, await user_id_of(auth, email))).count("session-revoked") == 1


async def listed(auth: Running, tokens: dict[str, str]) -> list[dict[str, Any]]:
    """The open sessions of whoever has these tokens."""
    answer = await auth.client.get(SESSIONS, headers=bearer(tokens))
    items: list[dict[str, Any]] = answer.json()["items"]
    assert all(UUID(item["id"]) for item in items)
    return items


async def test_sessions_come_in_pages_without_gaps_or_repeats_though_some_were_used_at_the_same_moment(
    auth: Running,
) -> None:
    email, _ = await registered(auth)
    mine = [(await sign_in(auth, email)).json() for _ in range(5)]
    for newest in (None, 3):  # each at a moment of its own; then all but two at the same
        ids = [UUID(one["id"]) for one in await listed(auth, mine[0])]
        async with auth.database.transaction() as database:
            some = update(session_family).where(session_family.c.id.in_(ids[: newest or 0]))
            await database.execute(some.values(last_used_at=func.now()))
        whole = await listed(auth, mine[0])
        found: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        for size in (2, 2, 1):
            page = (await auth.client.get(SESSIONS, headers=bearer(mine[0]), params={"limit": 2, **after})).json()
            assert len(page["items"]) == size
            found, after = found + page["items"], {"after": page["next"]}
        assert (found, page["next"]) == (whole, None)


async def test_a_cursor_is_good_for_ones_own_sessions_alone(auth: Running) -> None:
    email, adas = await signed_in(auth)
    await sign_in(auth, email)
    _, mallorys = await signed_in(auth)
    after = (await auth.client.get(SESSIONS, headers=bearer(adas), params={"limit": 1})).json()["next"]
    assert (await auth.client.get(SESSIONS, headers=bearer(adas), params={"after": after})).status_code == 200
    refused = await auth.client.get(SESSIONS, headers=bearer(mallorys), params={"after": after})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "cursor-invalid")
