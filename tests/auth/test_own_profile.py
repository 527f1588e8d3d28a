"""People read and edit what they say of themselves; of two edits at once none is lost unseen."""

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from services.auth.commands import Request, carry_out
from shared.db.auth import user_account
from tests.auth.people import (
    API,
    bearer,
    facts_about,
    refresh,
    signed_in,
    user_id_of,
    verification_link,
)
from tests.running import Running

ME = f"{API}/me"


async def edit(auth: Running, tokens: dict[str, Any], version: str | None, **changes: Any) -> httpx.Response:
    headers = bearer(tokens) | ({"if-match": version} if version else {})
    return await auth.client.patch(ME, json=changes, headers=headers)


async def test_an_edit_changes_what_is_named_and_is_stated_whole(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    before = await auth.client.get(ME, headers=bearer(tokens))
    changed = await edit(auth, tokens, before.headers["etag"], name="Ada King", timezone="Europe/London")
    assert changed.status_code == 200
    assert changed.json() == {**before.json(), "name": "Ada King", "timezone": "Europe/London"}
    assert changed.headers["etag"] != before.headers["etag"]
    assert (await facts_about(auth, await user_id_of(auth, email)))[-1] == "profile-updated"


async def test_an_edit_of_what_somebody_changed_meanwhile_is_refused(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    read = (await auth.client.get(ME, headers=bearer(tokens))).headers["etag"]
    await edit(auth, tokens, read, name="Ada King")
    late = await edit(auth, tokens, read, name="Ada Byron")
    assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (412, "stale")
    assert (await auth.client.get(ME, headers=bearer(tokens))).json()["name"] == "Ada King"


async def test_an_edit_must_say_which_version_it_is_for(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    assert (await edit(auth, tokens, None, name="Ada King")).status_code == 428


async def test_an_edit_that_changes_nothing_states_nothing(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    read = await auth.client.get(ME, headers=bearer(tokens))
    same = await edit(auth, tokens, read.headers["etag"], name=read.json()["name"])
    assert (same.status_code, same.headers["etag"]) == (200, read.headers["etag"])
    assert "profile-updated" not in await facts_about(auth, await user_id_of(auth, email))


async def test_who_has_the_newest_is_told_so(auth: Running) -> None:
    _, tokens = await signed_in(auth)
    read = await auth.client.get(ME, headers=bearer(tokens))
    again = await auth.client.get(ME, headers=bearer(tokens) | {"if-none-match": read.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("change", ["address confirmed", "role given"])
async def test_what_was_changed_elsewhere_is_shown_to_who_asks_again(auth: Running, change: str) -> None:
    email, tokens = await signed_in(auth)
    user_id = await user_id_of(auth, email)
    if change == "address confirmed":
        async with auth.database.transaction() as session:
            await session.execute(
                update(user_account).values(email_verified_at=None).where(user_account.c.id == user_id)
            )
    read = await auth.client.get(ME, headers=bearer(tokens))
    if change == "address confirmed":
        link = await verification_link(auth, user_id)
        body = {"token": link.partition("token=")[2]}
        assert (await auth.client.post(f"{API}/email-verification", json=body)).is_success
    else:
        await carry_out(Request(email=email, role="author", reason="writes", gets=True), auth.database)
        tokens = (await refresh(auth, tokens["refresh_token"])).json()
    again = await auth.client.get(ME, headers=bearer(tokens) | {"if-none-match": read.headers["etag"]})
    assert again.status_code == 200
    assert again.json() != read.json()


@pytest.mark.parametrize("change", [{"name": ""}, {"locale": "english"}, {"timezone": "Mars"}, {"roles": ["admin"]}])
async def test_nonsense_and_what_is_not_ones_own_to_change_is_refused(auth: Running, change: dict[str, Any]) -> None:
    _, tokens = await signed_in(auth)
    read = (await auth.client.get(ME, headers=bearer(tokens))).headers["etag"]
    assert (await edit(auth, tokens, read, **change)).status_code == 422
