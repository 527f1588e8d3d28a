"""JSON can say what is no text: U+0000, and halves of surrogate pairs. It is refused, named by its field, and breaks nothing."""

import json
from typing import Any

import httpx
import pytest

from tests.auth.people import API, PASSWORD, account, bearer, fresh_email, signed_in_as
from tests.running import Running

NO_TEXT = ["\x00", "\ud800"]


async def post(auth: Running, path: str, body: dict[str, str]) -> httpx.Response:
    raw = json.dumps(body)  # escapes what could not be sent as it is
    return await auth.client.post(f"{API}{path}", content=raw, headers={"content-type": "application/json"})


@pytest.mark.parametrize("odd", NO_TEXT)
@pytest.mark.parametrize("field", ["email", "password", "name", "locale", "timezone"])
async def test_nobody_registers_with_what_is_no_text(auth: Running, field: str, odd: str) -> None:
    good = {"email": fresh_email(), "password": PASSWORD, "name": "Ada", "locale": "en", "timezone": "Europe/Berlin"}
    answer = await post(auth, "/users", good | {field: good[field][:2] + odd + good[field][2:]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"body.{field}"]


@pytest.mark.parametrize("odd", NO_TEXT)
@pytest.mark.parametrize(
    ("path", "field"), [("/sessions", "password"), ("/sessions", "device_token"), ("/users", "nickname")]
)
async def test_what_is_no_text_is_a_bad_request_elsewhere_too(auth: Running, path: str, field: str, odd: str) -> None:
    body = {"email": fresh_email(), "password": PASSWORD, field: PASSWORD + odd}
    assert (await post(auth, path, body)).status_code == 422


@pytest.mark.parametrize("odd", NO_TEXT)
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sessions", {"email": "ada@example.com", "password": PASSWORD}, {401, 422}),
        ("/sessions/refresh", {"refresh_token": "a"}, {401}),
        ("/email-verification", {"token": "a"}, {404, 422}),
    ],
)
async def test_what_is_no_text_opens_nothing(
    auth: Running, path: str, body: dict[str, str], status: set[int], odd: str
) -> None:
    first = next(iter(body))
    assert (await post(auth, path, body | {first: odd + body[first]})).status_code in status


@pytest.mark.parametrize("odd", NO_TEXT)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users/{id}/suspend", {}),
        ("POST", "/users/{id}/reinstate", {}),
        ("PUT", "/users/{id}/roles", {"roles": ["author"]}),
        ("POST", "/signing-keys/rotation", {}),
        ("POST", "/bus/skip", {"id": "auth/auth/1"}),
    ],
)
async def test_no_reason_is_put_on_record_that_is_no_text(
    auth: Running, method: str, path: str, body: dict[str, Any], odd: str
) -> None:
    grace, ada = await signed_in_as(auth, "admin"), await account(auth)
    raw = json.dumps({**body, "reason": f"because{odd} of it"})
    headers = {**bearer(grace), "content-type": "application/json"}
    answer = await auth.client.request(method, API + path.format(id=ada.id), content=raw, headers=headers)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["body.reason"]
