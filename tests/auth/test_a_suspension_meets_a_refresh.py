"""Refreshing and suspending at once, over PostgreSQL: whichever comes first, afterwards nothing is refreshed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from services.auth.api.deps import Deps
from services.auth.domain.administration import Decision, suspend_user
from services.auth.domain.users import User
from shared.db.auth import session_family
from tests.auth.people import API, account, bearer, facts_about, let_in, refresh
from tests.running import Running
from tests.shared.probe import until

WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


@pytest.mark.parametrize("first", ["the refresh", "the suspension"])
async def test_whichever_comes_first_nothing_is_refreshed_afterwards(auth: Running, first: str) -> None:
    user = await account(auth)
    tokens = await let_in(auth, user)
    refreshing, suspending = await in_order(auth, user, tokens, first)
    assert refreshing.status_code == (200 if first == "the refresh" else 401)
    latest: dict[str, Any] = refreshing.json() if refreshing.is_success else tokens
    assert suspending.suspended_at
    for one in (latest, tokens):
        assert (await refresh(auth, one["refresh_token"])).status_code == 401
    assert (await facts_about(auth, user.id)).count("session-revoked") == 1

    async def is_refused() -> bool:
        return (await auth.client.get(f"{API}/me", headers=bearer(latest))).status_code == 401

    await until(is_refused, "the newest access token is refused")


async def in_order(auth: Running, user: User, tokens: dict[str, Any], first: str) -> tuple[httpx.Response, User]:
    """Both begin while the session's row is locked, so that they get it in the order in which they came."""
    deps: Deps = auth.app.state.deps
    decision = Decision(user_id=user.id, actor=None, reason="A test")
    steps: dict[str, Callable[[], Awaitable[Any]]] = {
        "the refresh": lambda: refresh(auth, tokens["refresh_token"]),
        "the suspension": lambda: suspend_user(deps.uow(), decision, at=deps.now()),
    }
    begun: dict[str, asyncio.Future[Any]] = {}
    async with auth.database.transaction() as holder:
        await holder.execute(select(session_family).where(session_family.c.user_id == user.id).with_for_update())
        for name in sorted(steps, key=lambda name: name != first):
            begun[name] = asyncio.ensure_future(steps[name]())
            await until(lambda: are_waiting(auth, len(begun)), f"{name} waits for the session")
    return await begun["the refresh"], await begun["the suspension"]


async def are_waiting(auth: Running, number: int) -> bool:
    async with auth.database.reading() as connection:
        waiting: int = (await connection.execute(WAITING)).scalar_one()
    return waiting == number


@pytest.mark.thorough
async def test_however_they_race_nothing_is_refreshed_afterwards(auth: Running) -> None:
    deps: Deps = auth.app.state.deps
    for _ in range(10):
        user = await account(auth)
        tokens = await let_in(auth, user)
        decision = Decision(user_id=user.id, actor=None, reason="A test")
        suspending = suspend_user(deps.uow(), decision, at=deps.now())
        refreshing = asyncio.gather(*(refresh(auth, tokens["refresh_token"]) for _ in range(3)))
        raced, _ = await asyncio.gather(refreshing, suspending)
        for token in {tokens["refresh_token"], *(one.json().get("refresh_token", "none") for one in raced)}:
            assert (await refresh(auth, token)).status_code == 401
