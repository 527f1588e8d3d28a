"""Another password: by the present one, or by a link that a mail brought. Either ends every session."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from shared.db.auth import one_time_token, user_account
from tests.auth.people import (
    API,
    PASSWORD,
    WRONG,
    bearer,
    facts_about,
    fresh_email,
    mailed_link,
    refresh,
    register,
    registered,
    sign_in,
    signed_in,
    user_id_of,
)
from tests.running import Running

pytestmark = pytest.mark.thorough

RESETS = f"{API}/password-resets"
CONFIRMATION = f"{RESETS}/confirmation"
TOLD_NOTHING_BEFORE = 0.099  # seconds: what is promised, but for the resolution of a timer
NEW = "four brass kettles humming"
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


async def forget(auth: Running, email: str) -> httpx.Response:
    return await auth.client.post(RESETS, json={"email": email})


async def reset_token(auth: Running, user_id: UUID, message: str = "r1") -> str:
    """The token in a mail to who has asked for it."""
    async with auth.database.transaction() as session:
        asked = update(user_account).where(user_account.c.id == user_id, user_account.c.password_changed_at.is_(None))
        await session.execute(asked.values(reset_requested_at=datetime.now(UTC)))
    return httpx.URL(await mailed_link(auth, user_id, "reset-password", message)).params["token"]


async def reset(auth: Running, token: str, password: str = NEW) -> httpx.Response:
    return await auth.client.post(CONFIRMATION, json={"token": token, "password": password})


async def change(auth: Running, tokens: dict[str, Any], current: str = PASSWORD, new: str = NEW) -> httpx.Response:
    body = {"current_password": current, "password": new}
    return await auth.client.post(f"{API}/me/password", json=body, headers=bearer(tokens))


async def test_a_known_and_an_unknown_address_are_answered_alike_and_one_is_mailed(auth: Running) -> None:
    email, user_id = await registered(auth)
    known, unknown = await forget(auth, email.upper()), await forget(auth, "nobody.at.all@example.com")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code == 202
    assert (await forget(auth, "no address")).json() == known.json()
    assert (await facts_about(auth, user_id))[-1] == "password-reset-requested"


@pytest.mark.parametrize("who", ["somebody", "nobody", "no address"])
async def test_no_answer_comes_so_soon_that_its_time_would_tell_who_has_an_account(auth: Running, who: str) -> None:
    email, _ = await registered(auth)
    asked = {"somebody": email, "nobody": "nobody.at.all@example.com", "no address": "no address"}[who]
    for _ in range(3):  # the first one leads to a mail, the others do not
        before = time.perf_counter()
        assert (await forget(auth, asked)).status_code == 202
        assert time.perf_counter() - before >= TOLD_NOTHING_BEFORE


@pytest.mark.parametrize("who", ["somebody", "nobody"])
async def test_neither_does_the_answer_to_who_registers(auth: Running, who: str) -> None:
    email, _ = await registered(auth)
    before = time.perf_counter()
    assert (await register(auth, email if who == "somebody" else fresh_email())).status_code == 202
    assert time.perf_counter() - before >= TOLD_NOTHING_BEFORE


async def test_however_often_one_asks_one_mail_leaves_in_ten_minutes(auth: Running) -> None:
    email, user_id = await registered(auth)
    await asyncio.gather(*(forget(auth, email) for _ in range(5)))
    assert (await facts_about(auth, user_id)).count("password-reset-requested") == 1


async def test_the_link_sets_a_password_ends_every_session_and_verifies_the_address(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    user_id = await user_id_of(auth, email)
    answer = await reset(auth, await reset_token(auth, user_id))
    assert (answer.status_code, answer.json()) == (200, {"status": "changed"})
    assert (await refresh(auth, tokens["refresh_token"])).status_code == 401
    assert (await sign_in(auth, email)).status_code == 401
    assert (await sign_in(auth, email, NEW)).status_code == 200
    facts = await facts_about(auth, user_id)
    assert [fact for fact in facts if fact != "signed-in"] == [
        "user-created",
        "email-verified",
        "password-changed",
        "session-revoked",
    ]


async def test_a_link_works_once_and_makes_the_others_useless(auth: Running) -> None:
    _, user_id = await registered(auth)
    first, second = await reset_token(auth, user_id, "r1"), await reset_token(auth, user_id, "r2")
    assert (await reset(auth, first)).status_code == 200
    for token in (first, second):
        refused = await reset(auth, token, "another quiet lantern adrift")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (404, "link-not-valid")
    # Asking for the same mail's link again must not bring it back to life.
    assert await reset_token(auth, user_id, "r2") == second
    assert (await reset(auth, second)).status_code == 404


async def test_of_many_uses_at_once_one_counts(auth: Running) -> None:
    _, user_id = await registered(auth)
    tokens = [await reset_token(auth, user_id, f"r{number}") for number in range(3)] * 2
    answers = await asyncio.gather(*(reset(auth, token, f"{NEW} {number}") for number, token in enumerate(tokens)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5


async def test_a_link_is_good_for_an_hour(auth: Running) -> None:
    _, user_id = await registered(auth)
    token = await reset_token(auth, user_id)
    mine = one_time_token.c.user_id == user_id
    async with auth.database.transaction() as session:
        [(expires,)] = await session.execute(select(one_time_token.c.expires_at).where(mine))
        left = expires - datetime.now(UTC)
        assert timedelta(minutes=55) < left <= timedelta(hours=1)
        await session.execute(update(one_time_token).where(mine).values(expires_at=datetime.now(UTC)))
    assert (await reset(auth, token)).status_code == 404


async def test_a_verification_link_sets_no_password(auth: Running) -> None:
    _, user_id = await registered(auth)
    token = httpx.URL(await mailed_link(auth, user_id, "verify-email")).params["token"]
    assert (await reset(auth, token)).status_code == 404


@pytest.mark.parametrize("password", ["short", "passwordpassword1", "x" * 129])
async def test_a_bad_password_is_refused_and_the_link_stays_good(auth: Running, password: str) -> None:
    _, user_id = await registered(auth)
    token = await reset_token(auth, user_id)
    refused = await reset(auth, token, password)
    assert refused.status_code == 422
    assert password not in refused.text
    assert (await reset(auth, token)).status_code == 200


async def test_strangers_failures_are_forgotten_with_a_reset(auth: Running) -> None:
    email, user_id = await registered(auth)
    for _ in range(10):
        await sign_in(auth, email, WRONG)
    assert (await sign_in(auth, email)).status_code == 429
    await reset(auth, await reset_token(auth, user_id))
    assert (await sign_in(auth, email, NEW)).status_code == 200


async def test_the_page_behind_the_link_asks_and_says_what_is_wrong(auth: Running) -> None:
    email, user_id = await registered(auth)
    await forget(auth, email)
    link = await mailed_link(auth, user_id, "reset-password")
    shown = await auth.client.get(link, headers=BROWSER)
    token = httpx.URL(link).params["token"]
    assert token in shown.text
    assert "script" not in shown.headers["content-security-policy"].replace("'none'", "")
    weak = await auth.client.post(CONFIRMATION, data={"token": token, "password": "passwordpassword1"}, headers=BROWSER)
    assert weak.status_code == 422
    assert "Take a few unrelated words" in weak.text
    assert token in weak.text
    done = await auth.client.post(CONFIRMATION, data={"token": token, "password": NEW}, headers=BROWSER)
    assert "Your password is changed" in done.text
    used = await auth.client.post(CONFIRMATION, data={"token": token, "password": NEW}, headers=BROWSER)
    assert (used.status_code, "This link does not work" in used.text) == (404, True)
    assert (await sign_in(auth, email, NEW)).status_code == 200


async def test_who_knows_the_present_password_changes_it_and_signs_in_again(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    elsewhere = (await sign_in(auth, email)).json()
    assert (await change(auth, tokens)).status_code == 200
    assert [(await refresh(auth, one["refresh_token"])).status_code for one in (tokens, elsewhere)] == [401, 401]
    assert (await sign_in(auth, email, NEW)).status_code == 200
    facts = await facts_about(auth, await user_id_of(auth, email))
    assert [facts.count("password-changed"), facts.count("session-revoked")] == [1, 2]


async def test_a_wrong_present_password_changes_nothing_and_counts_like_a_failed_sign_in(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    for _ in range(10):
        refused = await change(auth, tokens, current=WRONG)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "current-password-wrong")
    assert (await change(auth, tokens)).status_code == 429
    assert (await sign_in(auth, email)).status_code == 429


async def test_whatever_races_with_it_nothing_is_refreshed_once_the_password_is_another(auth: Running) -> None:
    for _ in range(3):
        email, tokens = await signed_in(auth)
        here = (await sign_in(auth, email)).json()
        raced, changed = await asyncio.gather(refresh(auth, tokens["refresh_token"]), change(auth, here))
        assert changed.status_code == 200
        latest = raced.json().get("refresh_token", tokens["refresh_token"])
        assert (await refresh(auth, latest)).status_code == 401


async def test_a_new_password_makes_every_reset_link_of_before_useless(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    user_id = await user_id_of(auth, email)
    mailed = await reset_token(auth, user_id, "r1")
    assert (await change(auth, tokens)).status_code == 200
    # The second mail was asked for before, too, and leaves only now.
    for token in (mailed, await reset_token(auth, user_id, "r2")):
        assert (await reset(auth, token, "another quiet lantern adrift")).status_code == 404
    await forget(auth, email)
    assert (
        await reset(auth, await reset_token(auth, user_id, "r3"), "another quiet lantern adrift")
    ).status_code == 200
