"""What acts on a cookie or a form is done for the platform's own pages, and for programs, which have neither."""

import httpx
import pytest

from tests.auth.people import API, PASSWORD, registered
from tests.running import PUBLIC_URL, Running

OWN = [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": PUBLIC_URL}]
FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": PUBLIC_URL},
    {"origin": "https://evil.example"},
    {"origin": f"{PUBLIC_URL}.evil.example"},
    {"origin": "http://localhost:8001"},
]
FORMS = ["email-verification", "password-resets/confirmation"]
ROUTES = ["sessions", "sessions/refresh", *FORMS]


async def post(auth: Running, route: str, headers: dict[str, str], email: str = "nobody@example.com") -> httpx.Response:
    bodies = {
        "sessions": {"email": email, "password": PASSWORD, "client": "browser"},
        "sessions/refresh": {"refresh_token": "none"},
        "email-verification": {"token": "none"},
        "password-resets/confirmation": {"token": "none", "password": PASSWORD},
    }
    return await auth.client.post(f"{API}/{route}", json=bodies[route], headers=headers)


@pytest.mark.parametrize("route", ROUTES)
async def test_another_sites_page_is_refused(auth: Running, route: str) -> None:
    for headers in FOREIGN:
        refused = await post(auth, route, headers)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "cross-site-request"), headers
        assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("route", ROUTES)
async def test_our_own_pages_and_programs_are_let_through(auth: Running, route: str) -> None:
    for headers in OWN:
        assert (await post(auth, route, headers)).status_code in (401, 404), headers


@pytest.mark.parametrize("route", ROUTES)
async def test_a_page_without_an_address_may_post_its_own_form_alone(auth: Running, route: str) -> None:
    answer = await post(auth, route, {"origin": "null"})
    assert answer.status_code == (404 if route in FORMS else 403)


async def test_the_cookies_of_a_browser_go_to_nobody_else(auth: Running) -> None:
    email, _ = await registered(auth)
    answer = await post(auth, "sessions", {"sec-fetch-site": "same-origin"}, email)
    cookies = {cookie.partition("=")[0]: cookie.lower() for cookie in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"codezest_refresh", "codezest_device"}
    for cookie in cookies.values():
        assert {"httponly", "secure", "samesite=strict"} <= {part.strip() for part in cookie.split(";")}
    assert "path=/api/auth/v1/sessions" in cookies["codezest_refresh"]
    assert "refresh_token" not in answer.json()
    auth.client.cookies.clear()
