"""Each token is good for what it was made for, and only signing in opens a session."""

from typing import Any

import httpx
import pytest

from tests.auth.people import API, PASSWORD, bearer, mailed_link, refresh, register, registered, sign_in, signed_in
from tests.running import Running

NEW = "four brass kettles humming"


async def open_sessions(auth: Running, tokens: dict[str, Any]) -> list[str]:
    answer = await auth.client.get(f"{API}/sessions", headers=bearer(tokens))
    return [session["id"] for session in answer.json()["items"]]


async def test_a_refresh_token_is_no_access_token_and_the_other_way_round(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    for other in (tokens["refresh_token"], tokens["device_token"]):
        assert (
            await auth.client.get(f"{API}/sessions", headers={"authorization": f"Bearer {other}"})
        ).status_code == 401
    for other in (tokens["access_token"], tokens["device_token"]):
        assert (await refresh(auth, other)).status_code in (401, 422)
    assert (await refresh(auth, tokens["refresh_token"])).status_code == 200


async def test_each_sign_in_opens_a_session_of_its_own(auth: Running) -> None:
    email, first = await signed_in(auth)
    second = (await sign_in(auth, email)).json()
    assert len(await open_sessions(auth, first)) == 2
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]


async def test_registering_and_a_new_password_open_no_session(auth: Running) -> None:
    email, user_id = await registered(auth)
    token = httpx.URL(await mailed_link(auth, user_id, "verify-email")).params["token"]
    answers = [
        await register(auth, email),
        await auth.client.post(f"{API}/email-verification", json={"token": token}),
        await auth.client.post(f"{API}/password-resets", json={"email": email}),
    ]
    tokens = (await sign_in(auth, email)).json()
    answers.append(
        await auth.client.post(
            f"{API}/me/password",
            json={"current_password": PASSWORD, "password": NEW},
            headers=bearer(tokens),
        )
    )
    for answer in answers:
        assert answer.status_code in (200, 202), answer.text
        assert "set-cookie" not in answer.headers
        assert "token" not in answer.text
    again = (await sign_in(auth, email, NEW)).json()
    assert len(await open_sessions(auth, again)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"email": "mallory@example.com"},
        {"password": NEW},
        {"email_verified": True},
        {"suspended_at": None},
        {"id": "0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"},
    ],
    ids="".join,
)
async def test_what_signing_in_depends_on_is_nothing_to_edit(auth: Running, change: dict[str, Any]) -> None:
    email, tokens = await signed_in(auth)
    before = await auth.client.get(f"{API}/me", headers=bearer(tokens))
    headers = {**bearer(tokens), "if-match": before.headers["etag"]}
    assert (await auth.client.patch(f"{API}/me", json=change, headers=headers)).status_code == 422
    assert (await auth.client.get(f"{API}/me", headers=bearer(tokens))).json() == before.json()
    assert (await sign_in(auth, email)).status_code == 200
