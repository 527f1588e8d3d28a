import asyncio
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest
from sqlalchemy import select

from shared.db.auth import session_family
from tests.auth.people import (
    API,
    PASSWORD,
    WRONG,
    actors_about,
    bearer,
    fresh_email,
    refresh,
    register,
    registered,
    sign_in,
    signed_in,
)
from tests.running import Running

AT_ONCE = 20


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    cookies = SimpleCookie("; ".join(answer.headers.get_list("set-cookie")))
    return cookies["codezest_refresh"]


async def test_signing_in_gives_tokens_that_show_who_one_is(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600
    me = await auth.client.get(f"{API}/me", headers=bearer(tokens))
    assert me.status_code == 200
    assert me.json().keys() == {
        "id",
        "email",
        "name",
        "locale",
        "timezone",
        "roles",
        "email_verified",
        "created_at",
    }
    assert (me.json()["email"], me.json()["roles"], me.json()["email_verified"]) == (email, [], False)


async def test_letter_case_of_the_address_does_not_matter(auth: Running) -> None:
    email, _ = await registered(auth)
    assert (await sign_in(auth, email.title())).status_code == 200


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(auth: Running) -> None:
    email, _ = await registered(auth)
    answers = [
        await sign_in(auth, email, WRONG),
        await sign_in(auth, fresh_email(), PASSWORD),
        await sign_in(auth, "no address", PASSWORD),
        await sign_in(auth, "a\0b@example.com", PASSWORD),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json() == {
        "type": "https://codezest.dev/problems/sign-in-refused",
        "title": "Unauthorized",
        "status": 401,
        "detail": "There is no account with this address and password. Check both and try again.",
    }
    assert answers[0].headers["www-authenticate"] == "Bearer"


async def test_ten_failures_make_an_address_wait_whether_it_is_known_or_not(auth: Running) -> None:
    known, _ = await registered(auth)
    blocked = []
    for email in (known, fresh_email()):
        answers = await asyncio.gather(*(sign_in(auth, email, WRONG) for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 2
        blocked.append(await sign_in(auth, email))
    assert [answer.status_code for answer in blocked] == [429, 429]
    assert blocked[0].json() == blocked[1].json()
    assert 3500 < int(blocked[0].headers["retry-after"]) <= 3600


async def test_a_refresh_token_is_taken_for_the_next_one(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    answer = await refresh(auth, tokens["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["refresh_token"] != tokens["refresh_token"]
    assert (await auth.client.get(f"{API}/me", headers=bearer(answer.json()))).status_code == 200


async def test_one_token_used_by_many_at_once_has_one_successor(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    answers = await asyncio.gather(*(refresh(auth, tokens["refresh_token"]) for _ in range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {200}
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    assert (await refresh(auth, successor)).status_code == 200


async def test_using_an_old_token_ends_that_session_alone(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    other = (await sign_in(auth, email)).json()
    second = (await refresh(auth, tokens["refresh_token"])).json()
    third = (await refresh(auth, second["refresh_token"])).json()
    for token in (tokens["refresh_token"], third["refresh_token"]):
        answer = await refresh(auth, token)
        assert answer.status_code == 401
        assert answer.json()["type"].endswith("/session-over")
    assert (await refresh(auth, other["refresh_token"])).status_code == 200


async def test_signing_out_ends_the_session(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    other = (await sign_in(auth, email)).json()
    for _ in range(2):
        answer = await auth.client.delete(f"{API}/sessions/current", headers=bearer(tokens))
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await refresh(auth, tokens["refresh_token"])).status_code == 401
    assert (await refresh(auth, other["refresh_token"])).status_code == 200


async def test_refreshing_and_signing_out_at_once_leaves_nobody_signed_in(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    out = auth.client.delete(f"{API}/sessions/current", headers=bearer(tokens))
    *answers, closed = await asyncio.gather(*(refresh(auth, tokens["refresh_token"]) for _ in range(5)), out)
    assert closed.status_code == 204
    for token in {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}:
        assert (await refresh(auth, token)).status_code == 401


async def test_a_browser_gets_its_refresh_token_in_a_cookie_that_no_script_and_no_other_site_can_use(
    auth: Running,
) -> None:
    email, _ = await registered(auth)
    answer = await sign_in(auth, email, client="browser")
    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    cookie = cookie_of(answer)
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"].lower()) == (True, True, "strict")
    assert cookie["path"] == "/api/auth/v1/sessions"
    assert 14 * 86400 - 60 < int(cookie["max-age"]) <= 14 * 86400
    assert not cookie["domain"]


async def test_a_browser_refreshes_and_signs_out_with_its_cookie(auth: Running) -> None:
    email, _ = await registered(auth)
    first = cookie_of(await sign_in(auth, email, client="browser")).value
    answer = await auth.client.post(f"{API}/sessions/refresh", headers={"cookie": f"codezest_refresh={first}"})
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    assert cookie_of(answer).value != first
    out = await auth.client.delete(f"{API}/sessions/current", headers=bearer(answer.json()))
    gone = cookie_of(out)
    assert (gone.value, gone["max-age"], gone["path"]) == ("", "0", "/api/auth/v1/sessions")


async def test_a_browser_that_signs_in_again_leaves_no_session_behind(auth: Running) -> None:
    email, user_id = await registered(auth)
    first = cookie_of(await sign_in(auth, email, client="browser")).value
    with_cookie = {"cookie": f"codezest_refresh={first}"}
    body = {"email": email, "password": PASSWORD}
    for client, open_after in (("api", 2), ("browser", 2)):
        answer = await auth.client.post(f"{API}/sessions", json={**body, "client": client}, headers=with_cookie)
        listed = await auth.client.get(f"{API}/sessions", headers=bearer(answer.json()))
        assert len(listed.json()["items"]) == open_after
    assert (await auth.client.post(f"{API}/sessions/refresh", headers=with_cookie)).status_code == 401
    assert ("session-revoked", user_id) in await actors_about(auth, user_id)


async def test_a_browsers_token_is_worth_nothing_outside_its_cookie(auth: Running) -> None:
    email, _ = await registered(auth)
    cookie = cookie_of(await sign_in(auth, email, client="browser"))
    assert (await refresh(auth, cookie.value)).status_code == 401


@pytest.mark.parametrize("token", ["", "made up", "a" * 200])
async def test_a_made_up_refresh_token_is_refused(auth: Running, token: str) -> None:
    assert (await refresh(auth, token)).status_code == 401


async def test_a_refresh_without_any_token_is_refused(auth: Running) -> None:
    assert (await auth.client.post(f"{API}/sessions/refresh")).status_code == 401


async def test_no_token_is_stored(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    proof = tokens["refresh_token"].rpartition(".")[2]
    async with auth.database.reading() as connection:
        rows = (await connection.execute(select(session_family))).all()
    assert proof not in str(rows)


async def test_answers_hold_no_hash(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    answers = [
        await register(auth, email),
        await sign_in(auth, email),
        await auth.client.get(f"{API}/me", headers=bearer(tokens)),
    ]
    for answer in answers:
        assert "argon2" not in answer.text
        assert "password" not in answer.text


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer x.y.z"}, {"authorization": "Basic YTpi"}])
async def test_who_is_not_signed_in_has_no_account_to_see(auth: Running, header: dict[str, str]) -> None:
    for answer in (
        await auth.client.get(f"{API}/me", headers=header),
        await auth.client.delete(f"{API}/sessions/current", headers=header),
    ):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
