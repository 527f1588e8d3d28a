"""Signing in as a browser ends the session that its cookie belongs to, and nothing else does."""

import asyncio
from typing import Any, Self

import httpx
import pytest
from uuid_utils.compat import uuid7

from services.auth.api.deps import Deps
from services.auth.domain.administration import Decision, suspend_user
from services.auth.domain.derivation import DerivationKey, digest_of
from services.auth.domain.failures import Origin
from services.auth.domain.refresh_tokens import read_refresh_token, refresh_token
from services.auth.domain.sign_in import Credentials, sign_in
from services.auth.domain.users import User
from tests.auth.fakes import GOOD_PASSWORD, KEY, NOON, FakeUow, ada, gate_of, later
from tests.auth.people import API, PASSWORD, WRONG, account, actors_about, bearer, facts_about, let_in
from tests.auth.stores import session
from tests.running import Running
from tests.shared.probe import until

SIGNED_OUT = "session-revoked"


async def opened(
    auth: Running, user: User, carried: str | None = None, client: str = "browser", password: str = PASSWORD
) -> httpx.Response:
    """A sign-in that carries this cookie."""
    headers = {"cookie": f"codezest_refresh={carried}"} if carried is not None else {}
    body = {"email": user.email, "password": password, "client": client}
    answer = await auth.client.post(f"{API}/sessions", json=body, headers=headers)
    auth.client.cookies.clear()
    return answer


async def cookie(auth: Running, user: User, carried: str | None = None) -> str:
    """The refresh cookie of somebody who has signed in."""
    answer = await opened(auth, user, carried)
    assert answer.status_code == 200, answer.text
    return answer.cookies["codezest_refresh"]


async def refreshed(auth: Running, carried: str) -> httpx.Response:
    headers = {"cookie": f"codezest_refresh={carried}"}
    answer = await auth.client.post(f"{API}/sessions/refresh", headers=headers)
    auth.client.cookies.clear()
    return answer


async def test_signing_in_again_ends_the_browsers_session_and_no_other(auth: Running) -> None:
    user = await account(auth)
    elsewhere, programs = await cookie(auth, user), await let_in(auth, user)
    first = await opened(auth, user)
    second = await cookie(auth, user, first.cookies["codezest_refresh"])
    assert (await refreshed(auth, first.cookies["codezest_refresh"])).status_code == 401
    assert [(await refreshed(auth, one)).status_code for one in (second, elsewhere)] == [200, 200]
    listed = await auth.client.get(f"{API}/sessions", headers=bearer(programs))
    assert len(listed.json()["items"]) == 3
    assert (await facts_about(auth, user.id))[-2:] == [SIGNED_OUT, "signed-in"]

    async def is_refused() -> bool:
        return (await auth.client.get(f"{API}/me", headers=bearer(first.json()))).status_code == 401

    await until(is_refused, "the access token of the session that ended is refused")


async def test_a_used_cookie_of_the_session_ends_it_too(auth: Running) -> None:
    user = await account(auth)
    used = await cookie(auth, user)
    newest = (await refreshed(auth, used)).cookies["codezest_refresh"]
    await cookie(auth, user, used)
    assert (await refreshed(auth, newest)).status_code == 401


async def test_whoever_signs_in_ends_the_session_of_who_was_there_before(auth: Running) -> None:
    before, after = await account(auth), await account(auth)
    left_behind = await cookie(auth, before)
    await cookie(auth, after, left_behind)
    assert (await refreshed(auth, left_behind)).status_code == 401
    assert (SIGNED_OUT, after.id) in await actors_about(auth, before.id)
    assert SIGNED_OUT not in await facts_about(auth, after.id)


async def test_a_forged_or_foreign_cookie_does_nothing(auth: Running) -> None:
    user, victim = await account(auth), await account(auth)
    deps: Deps = auth.app.state.deps
    theirs = await cookie(auth, victim)
    session_id, generation = read_refresh_token(deps.gate.key, theirs)
    carried = [
        "",
        "made up",
        theirs[:-1] + ("A" if theirs[-1] != "A" else "B"),
        refresh_token(DerivationKey(b"x" * 32), session_id, generation),  # another platform's
        refresh_token(deps.gate.key, uuid7(), 1),  # of a session that was forgotten
        (await let_in(auth, victim))["refresh_token"],  # a program's, which no cookie ever held
    ]
    for one in carried:
        assert (await opened(auth, user, one)).status_code == 200
    for person in (user, victim):
        assert SIGNED_OUT not in await facts_about(auth, person.id)
    assert (await refreshed(auth, theirs)).status_code == 200


async def test_a_program_that_signs_in_ends_nothing(auth: Running) -> None:
    user = await account(auth)
    kept = await cookie(auth, user)
    assert (await opened(auth, user, kept, client="api")).status_code == 200
    assert (await refreshed(auth, kept)).status_code == 200


async def test_a_sign_in_that_is_refused_ends_nothing(auth: Running) -> None:
    user, out = await account(auth), await account(auth)
    deps: Deps = auth.app.state.deps
    kept = await cookie(auth, user)
    await suspend_user(deps.uow(), Decision(user_id=out.id, actor=None, reason="A test"), at=deps.now())
    assert (await opened(auth, user, kept, password=WRONG)).status_code == 401
    assert (await opened(auth, out, kept)).status_code == 403
    assert (await refreshed(auth, kept)).status_code == 200


@pytest.mark.thorough
async def test_whatever_races_with_it_nothing_is_refreshed_once_the_session_has_ended(auth: Running) -> None:
    user = await account(auth)
    for _ in range(5):
        before = await cookie(auth, user)
        signing_in = opened(auth, user, before)
        raced, answer = await asyncio.gather(refreshed(auth, before), signing_in)
        assert answer.status_code == 200
        latest = raced.cookies.get("codezest_refresh") or before
        assert (await refreshed(auth, latest)).status_code == 401


@pytest.mark.parametrize(
    "over", [{"ended_at": NOON, "ended_reason": "revoked"}, {"expires_at": later(seconds=1)}], ids=["ended", "expired"]
)
async def test_a_session_that_is_over_is_not_said_to_end_again(over: dict[str, Any]) -> None:
    uow, user = FakeUow(), ada()
    before = session(user.id, client="browser", **over)
    uow.state.users[user.id], uow.state.sessions[before.id] = user, before
    carried = refresh_token(KEY, before.id, 1)
    given = Credentials(email=user.email, password=GOOD_PASSWORD, client="browser", carried=carried)
    await sign_in(uow, given, gate=gate_of(uow), session_id=uuid7(), at=later(seconds=1))
    assert [type(fact).__name__ for fact in uow.facts] == ["SignedIn"]
    assert before.ended_reason == over.get("ended_reason")


class Untouched(FakeUow):
    """A unit of work that nobody is to open: it would cost round trips to the database."""

    async def __aenter__(self) -> Self:
        raise AssertionError("opened")


@pytest.mark.parametrize("carried", [None, "made up"])
async def test_whoever_carries_no_cookie_of_ours_is_let_in_by_the_door_alone(carried: str | None) -> None:
    uow, user = FakeUow(), ada()
    uow.state.users[user.id] = user
    uow.state.devices[digest_of("known")] = (user.id, NOON, "browser")
    given = Credentials(
        email=user.email,
        password=GOOD_PASSWORD,
        client="browser",
        origin=Origin(device_token="known"),
        carried=carried,
    )
    await sign_in(Untouched(), given, gate=gate_of(uow), session_id=uuid7(), at=NOON)
    assert len(uow.state.sessions) == 1


def test_what_a_browser_carries_is_not_shown() -> None:
    given = Credentials(email=None, password="x", client="browser", carried="hush")
    assert "hush" not in repr(given)
