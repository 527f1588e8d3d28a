"""Grace looks after people over HTTP; what she did is on record, and every replica of auth refuses what she revoked."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import ProgrammingError
from uuid_utils.compat import uuid7

from services.auth.main import create_app
from services.auth.settings import Settings
from shared.db.auth import audit_entry, user_account
from shared.http.revocations import PATH
from tests.auth.conftest import SECRETS
from tests.auth.people import API, account, actors_about, bearer, let_in, refresh, sign_in
from tests.running import Running, running
from tests.shared.probe import until

REASON = {"reason": "Breaks the rules"}
ADMINISTRATION = [
    ("GET", "/users"),
    ("GET", "/users/{id}"),
    ("PUT", "/users/{id}/roles"),
    ("POST", "/users/{id}/suspend"),
    ("POST", "/users/{id}/reinstate"),
    ("GET", "/audit"),
]


async def somebody(auth: Running, *roles: str, name: str = "Ada") -> tuple[UUID, dict[str, Any]]:
    """A new person with roles who is signed in: their id and tokens."""
    user = await account(auth, *roles, name=name)
    return user.id, await let_in(auth, user)


async def ask(auth: Running, tokens: dict[str, Any], method: str, path: str, **request: Any) -> httpx.Response:
    return await auth.client.request(method, API + path, headers=bearer(tokens), **request)


async def is_refused(auth: Running, tokens: dict[str, Any]) -> bool:
    return (await ask(auth, tokens, "GET", "/me")).status_code == 401


async def test_a_suspended_person_is_refused_and_let_in_again_after_signing_in(auth: Running) -> None:
    grace_id, grace = await somebody(auth, "admin")
    ada_id, ada = await somebody(auth)
    answer = await ask(auth, grace, "POST", f"/users/{ada_id}/suspend", json=REASON)
    assert answer.status_code == 200
    assert answer.json()["suspended_at"]
    await until(lambda: is_refused(auth, ada), "the access token is refused")
    assert (await refresh(auth, ada["refresh_token"])).status_code == 401
    email = answer.json()["email"]
    blocked = await sign_in(auth, email)
    assert (blocked.status_code, blocked.json()["type"].rpartition("/")[2]) == (403, "account-suspended")
    answer = await ask(auth, grace, "POST", f"/users/{ada_id}/reinstate", json=REASON)
    assert (answer.status_code, answer.json()["suspended_at"]) == (200, None)
    again = (await sign_in(auth, email)).json()
    assert not await is_refused(auth, again)
    assert await is_refused(auth, ada)
    stated = await actors_about(auth, ada_id)
    for fact in ("user-suspended", "session-revoked", "user-reinstated"):
        assert (fact, grace_id) in stated


async def test_new_roles_take_effect_by_a_refresh(auth: Running) -> None:
    grace_id, grace = await somebody(auth, "admin")
    brian_id, brian = await somebody(auth)
    given = {"roles": ["author"], "reason": "Writes our courses"}
    answer = await ask(auth, grace, "PUT", f"/users/{brian_id}/roles", json=given)
    assert (answer.status_code, answer.json()["roles"]) == (200, ["author"])
    await until(lambda: is_refused(auth, brian), "the token with the roles of before is refused")
    refreshed = (await refresh(auth, brian["refresh_token"])).json()
    me = await ask(auth, refreshed, "GET", "/me")
    assert (me.status_code, me.json()["roles"]) == (200, ["author"])
    assert ("role-changed", grace_id) in await actors_about(auth, brian_id)


async def test_a_session_that_was_signed_out_is_refused(auth: Running) -> None:
    _, ada = await somebody(auth)
    assert (await ask(auth, ada, "DELETE", "/sessions/current")).status_code == 204
    await until(lambda: is_refused(auth, ada), "the access token is refused")


async def test_a_replica_that_starts_later_refuses_what_was_revoked_before(auth: Running, database_url: str) -> None:
    _, grace = await somebody(auth, "admin")
    ada_id, ada = await somebody(auth)
    assert (await ask(auth, grace, "POST", f"/users/{ada_id}/suspend", json=REASON)).status_code == 200
    await until(lambda: is_refused(auth, ada), "the suspension is in the log")
    async with running(create_app, Settings, database_url, secrets=SECRETS) as other:
        assert await is_refused(other, ada)
        assert not await is_refused(other, grace)


async def test_other_services_are_told_what_was_revoked(auth: Running) -> None:
    _, grace = await somebody(auth, "admin")
    learning = auth.from_service("learning")
    ada_id, ada = await somebody(auth)
    before = (await auth.client.get(PATH, headers=learning)).json()
    assert (await ask(auth, grace, "POST", f"/users/{ada_id}/suspend", json=REASON)).status_code == 200
    await until(lambda: is_refused(auth, ada), "the access token is refused")
    query = {"epoch": before["epoch"], "after": before["position"]}
    page = (await auth.client.get(PATH, params=query, headers=learning)).json()
    assert page["complete"] is True
    (by_time, session) = page["items"]
    assert [item["user_id"] for item in page["items"]] == [str(ada_id)] * 2
    assert (by_time["session_id"], by_time["roles"], session["roles"]) == (None, None, None)
    assert session["session_id"]
    nothing = await auth.client.get(PATH, params=query | {"after": page["position"]}, headers=learning)
    assert nothing.json() == page | {"items": []}
    assert (await auth.client.get(PATH)).status_code == 401
    assert (await auth.client.get(PATH, headers=auth.from_sidecar)).status_code == 403, "the caller is not named"


async def test_of_two_admins_who_demote_each_other_at_once_one_stays(auth: Running) -> None:
    async with auth.database.transaction() as database:
        await database.execute(update(user_account).values(roles=[]))
    (one, first), (two, second) = [await somebody(auth, "admin") for _ in range(2)]
    given = {"roles": [], "reason": "A quarrel"}
    answers = await asyncio.gather(
        ask(auth, first, "PUT", f"/users/{two}/roles", json=given),
        ask(auth, second, "PUT", f"/users/{one}/roles", json=given),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.json().get("type", "").rpartition("/")[2] for answer in answers} == {"", "last-admin"}


async def test_people_are_found_by_address_name_role_and_suspension(auth: Running) -> None:
    _, grace = await somebody(auth, "admin")
    mark = uuid7().hex
    people = {}
    for name, roles in ((f"{mark} One", []), (f"{mark} Two", ["author"]), (f"{mark}%_Three", [])):
        user_id, _ = await somebody(auth, *roles, name=name)
        people[name.removeprefix(mark)[1:]] = str(user_id)
    await ask(auth, grace, "POST", f"/users/{people['One']}/suspend", json=REASON)

    async def found(**query: Any) -> list[str]:
        answer = await ask(auth, grace, "GET", "/users", params={"q": mark, **query})
        assert answer.status_code == 200, answer.text
        return [person["id"] for person in answer.json()["items"]]

    one, two, three = people["One"], people["Two"], people["_Three"]
    assert await found() == [three, two, one]
    assert await found(q=mark.upper()) == [three, two, one]
    assert await found(q=f"{mark}%_") == [three]
    assert await found(role="author") == [two]
    assert await found(suspended=True) == [one]
    assert await found(suspended=False, limit=1) == [three]
    shown = (await ask(auth, grace, "GET", f"/users/{one}")).json()
    assert await found(q=shown["email"]) == [one]
    assert (shown["name"], shown["roles"], shown["email_verified"]) == (f"{mark} One", [], False)


@pytest.mark.parametrize("path", ["/users", "/audit"])
async def test_lists_come_in_pages_without_gaps_or_repeats(auth: Running, path: str) -> None:
    _, grace = await somebody(auth, "admin")
    for _ in range(3):
        user_id, _ = await somebody(auth)
        await ask(auth, grace, "POST", f"/users/{user_id}/suspend", json=REASON)
    whole = (await ask(auth, grace, "GET", path, params={"limit": 100})).json()
    assert whole["next"] is None
    page = (await ask(auth, grace, "GET", path, params={"limit": 2})).json()
    found, after = page["items"], page["next"]
    while after and len(found) <= len(whole["items"]):
        answer = (await ask(auth, grace, "GET", path, params={"limit": 2, "after": after})).json()
        found, after = found + answer["items"], answer["next"]
    assert found == whole["items"]
    for wrong in ("made up", page["next"][:-4] + "AAAA", ""):
        refused = await ask(auth, grace, "GET", path, params={"after": wrong})
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "cursor-invalid")


async def test_what_was_done_to_somebody_is_read_newest_first(auth: Running) -> None:
    grace_id, grace = await somebody(auth, "admin")
    ada_id, _ = await somebody(auth)
    done = [("PUT", "roles", {"roles": ["author"]}), ("POST", "suspend", {}), ("POST", "reinstate", {})]
    for method, what, also in done:
        given = {**also, "reason": f" because of {what}\n"}
        assert (await ask(auth, grace, method, f"/users/{ada_id}/{what}", json=given)).status_code == 200
    answer = await ask(auth, grace, "GET", "/audit", params={"user_id": str(ada_id)})
    items = answer.json()["items"]
    assert [item["action"] for item in items] == ["reinstated", "suspended", "roles-changed"]
    assert [item["reason"] for item in items] == [f"because of {what}" for _, what, _ in reversed(done)]
    assert {(item["actor"], item["user_id"]) for item in items} == {(str(grace_id), str(ada_id))}
    assert [item["details"] for item in items] == [{}, {"sessions": 1}, {"before": [], "after": ["author"]}]
    assert items[0].keys() == {"seq", "at", "actor", "action", "user_id", "reason", "details"}


async def test_what_cannot_be_done_leaves_no_trace(auth: Running) -> None:
    grace_id, grace = await somebody(auth, "admin")
    nobody = uuid7()
    for who, status in ((grace_id, 409), (nobody, 404)):
        answer = await ask(auth, grace, "POST", f"/users/{who}/suspend", json=REASON)
        assert answer.status_code == status
        record = await ask(auth, grace, "GET", "/audit", params={"user_id": str(who)})
        assert record.json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": " \n "},
        {"reason": "x" * 1001},
        {"reason": "a\0b"},
        {"reason": "fine", "more": 1},
        {"reason": None},
    ],
    ids=["none", "empty", "blank", "long", "NUL", "more", "null"],
)
async def test_a_change_without_a_reason_that_is_text_is_refused(auth: Running, body: dict[str, Any]) -> None:
    _, grace = await somebody(auth, "admin")
    ada_id, ada = await somebody(auth)
    for method, path in (("POST", "suspend"), ("POST", "reinstate"), ("PUT", "roles")):
        given = body | ({"roles": ["author"]} if path == "roles" else {})
        answer = await ask(auth, grace, method, f"/users/{ada_id}/{path}", json=given)
        assert answer.status_code == 422
    assert not await is_refused(auth, ada)


async def test_half_a_character_is_no_reason_and_nothing_to_search_for(auth: Running) -> None:
    _, grace = await somebody(auth, "admin")
    content = b'{"reason": "\\ud800"}'
    headers = bearer(grace) | {"content-type": "application/json"}
    answer = await auth.client.post(f"{API}/users/{uuid7()}/suspend", content=content, headers=headers)
    assert answer.status_code == 422
    assert (await ask(auth, grace, "GET", "/users?q=%00")).status_code == 422


@pytest.mark.parametrize("roles", [["owner"], ["author", "author", "author"], "author", None])
async def test_roles_that_are_none_are_refused(auth: Running, roles: Any) -> None:
    _, grace = await somebody(auth, "admin")
    ada_id, _ = await somebody(auth)
    answer = await ask(auth, grace, "PUT", f"/users/{ada_id}/roles", json={"roles": roles, "reason": "x"})
    assert answer.status_code == 422


@pytest.mark.parametrize(("method", "path"), ADMINISTRATION)
async def test_nobody_but_an_admin_gets_in(auth: Running, method: str, path: str) -> None:
    ada_id, ada = await somebody(auth, "author")
    path = path.format(id=ada_id)
    roles = {"roles": ["admin"]} if path.endswith("/roles") else {}
    body = {"reason": "Mallory wants it", **roles} if method != "GET" else None
    assert (await ask(auth, ada, method, path, json=body)).status_code == 403
    assert (await auth.client.request(method, API + path, json=body)).status_code == 401
    assert (await ask(auth, ada, "GET", "/me")).json()["roles"] == ["author"]


@pytest.mark.parametrize("how", ["update", "delete", "truncate"])
async def test_the_service_cannot_change_what_is_on_record(auth: Running, how: str) -> None:
    statements: dict[str, Any] = {
        "update": update(audit_entry).values(reason="another"),
        "delete": delete(audit_entry),
        "truncate": text("truncate auth.audit_entry"),
    }
    _, grace = await somebody(auth, "admin")
    ada_id, _ = await somebody(auth)
    await ask(auth, grace, "POST", f"/users/{ada_id}/suspend", json=REASON)
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with auth.database.transaction() as database:
            await database.execute(statements[how])
    async with auth.database.reading() as connection:
        kept = await connection.execute(select(audit_entry.c.reason).where(audit_entry.c.user_id == ada_id))
    assert kept.scalars().all() == [REASON["reason"]]
