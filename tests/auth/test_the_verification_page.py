import base64
import hashlib
import re

import httpx
import pytest

from tests.auth.people import API, actors_about, bearer, facts_about, registered, sign_in, verification_link
from tests.running import Running

PAGE = f"{API}/email-verification"
BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def token_of(link: str) -> str:
    return httpx.URL(link).params["token"]


async def is_verified(auth: Running, email: str) -> bool:
    tokens = (await sign_in(auth, email)).json()
    verified: bool = (await auth.client.get(f"{API}/me", headers=bearer(tokens))).json()["email_verified"]
    return verified


async def test_opening_the_link_changes_nothing_and_its_button_verifies(auth: Running) -> None:
    email, user_id = await registered(auth, locale="en")
    link = await verification_link(auth, user_id)
    shown = await auth.client.get(link, headers=BROWSER)
    assert shown.status_code == 200
    assert await facts_about(auth, user_id) == ["user-created"]
    form = re.search(
        r'<form method="post" action="([^"]+)">\s*<input type="hidden" name="token" value="([^"]+)">', shown.text
    )
    assert form
    target = httpx.URL(link).join(form[1])
    done = await auth.client.post(target, data={"token": form[2]}, headers=BROWSER)
    assert done.status_code == 200
    assert "Your address is confirmed" in done.text
    assert await facts_about(auth, user_id) == ["user-created", "email-verified"]
    assert await is_verified(auth, email)


async def test_whoever_the_mail_reached_verified_the_address(auth: Running) -> None:
    _, user_id = await registered(auth, locale="en")
    await auth.client.post(PAGE, json={"token": token_of(await verification_link(auth, user_id))})
    assert await actors_about(auth, user_id) == [("email-verified", user_id), ("user-created", user_id)]


async def test_clicking_twice_is_fine_and_states_it_once(auth: Running) -> None:
    _, user_id = await registered(auth, locale="en")
    token = token_of(await verification_link(auth, user_id))
    for _ in range(2):
        answer = await auth.client.post(PAGE, json={"token": token})
        assert (answer.status_code, answer.json()) == (200, {"status": "verified"})
    assert await facts_about(auth, user_id) == ["user-created", "email-verified"]


async def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(auth: Running) -> None:
    answer = await auth.client.get(PAGE, params={"token": "x"}, headers=BROWSER)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "http" not in answer.text
    assert "<script" not in answer.text


async def test_what_is_in_the_address_cannot_become_markup(auth: Running) -> None:
    answer = await auth.client.get(PAGE, params={"token": '"><script>alert(1)</script>'}, headers=BROWSER)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize("token", ["made-up", "a" * 43, "é"])
async def test_a_link_that_is_not_valid_is_told_in_the_language_of_the_caller(auth: Running, token: str) -> None:
    page = await auth.client.post(PAGE, data={"token": token}, headers=BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "This link does not work" in page.text
    problem = await auth.client.post(PAGE, json={"token": token})
    assert problem.status_code == 404
    assert problem.json()["type"] == "https://codezest.dev/problems/link-not-valid"


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {}},
        {"json": {"token": "x", "more": 1}},
        {"data": {}},
        {"content": b"\xff"},
        {"content": b"token=%00", "headers": {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}},
        {"data": {"token": "x" * 101}},
    ],
)
async def test_what_is_no_token_at_all_is_refused_without_being_quoted(auth: Running, sent: dict[str, object]) -> None:
    answer = await auth.client.post(PAGE, **sent)  # type: ignore[arg-type]  # each row is a valid set of arguments
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "x" * 101 not in answer.text
