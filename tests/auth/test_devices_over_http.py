import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.cookies import SimpleCookie

import httpx
import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type
from sqlalchemy import select, update

from services.auth.data.argon2 import Argon2Hasher
from shared.db.auth import known_device, session_family, user_account
from shared.http.forwarded import believing
from tests.auth.people import API, PASSWORD, WRONG, fresh_email, registered, sign_in, user_id_of
from tests.running import PUBLIC_URL, Running

pytestmark = pytest.mark.thorough

AT_ONCE = 100
MOST = 10


async def test_a_hundred_tries_at_once_get_ten_answers_and_the_owner_in_from_a_known_device(auth: Running) -> None:
    email, _ = await registered(auth)
    token = (await sign_in(auth, email)).json()["device_token"]
    answers = await asyncio.gather(*(sign_in(auth, email, WRONG) for _ in range(AT_ONCE)))
    codes = [answer.status_code for answer in answers]
    assert codes.count(401) <= MOST
    assert set(codes) <= {401, 429, 503}
    while (last := await sign_in(auth, email, WRONG)).status_code != 429:
        codes.append(last.status_code)
    assert codes.count(401) == MOST
    assert last.json()["type"].endswith("/too-many-failed-sign-ins")
    assert 3500 < int(last.headers["retry-after"]) <= 3600
    assert (await sign_in(auth, email)).status_code == 429
    assert (await sign_in(auth, email, device_token=token)).status_code == 200


async def test_a_browser_is_known_by_a_cookie_that_no_script_and_no_other_site_can_use(auth: Running) -> None:
    email, user_id = await registered(auth)
    answer = await sign_in(auth, email, client="browser")
    assert "device_token" not in answer.json()
    cookie = SimpleCookie("; ".join(answer.headers.get_list("set-cookie")))["codezest_device"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"].lower()) == (True, True, "strict")
    assert (cookie["path"], cookie["max-age"]) == ("/api/auth/v1", str(365 * 86400))
    for _ in range(MOST):
        assert (await sign_in(auth, email, WRONG)).status_code == 401
    assert (await sign_in(auth, email, client="browser")).status_code == 429
    again = await auth.client.post(
        f"{API}/sessions",
        json={"email": email, "password": PASSWORD, "client": "browser"},
        headers={"cookie": f"codezest_device={cookie.value}"},
    )
    assert again.status_code == 200
    async with auth.database.reading() as connection:
        rows = (await connection.execute(select(known_device).where(known_device.c.user_id == user_id))).all()
    assert len(rows) == 1
    assert cookie.value not in str(rows)


@pytest.fixture
def one_moment(auth: Running) -> Iterator[None]:
    """Time stands still: a slow machine must not have waited already."""
    before, at = auth.app.state.deps, datetime.now(UTC)
    auth.app.state.deps = replace(before, now=lambda: at)
    yield
    auth.app.state.deps = before


@pytest.mark.usefixtures("one_moment")
async def test_a_network_that_fails_too_often_waits_and_others_do_not(auth: Running) -> None:
    email, _ = await registered(auth)
    async with coming_from(auth, "203.0.113.9") as attacker, coming_from(auth, "203.0.113.10") as neighbour:
        codes = [await code_of(attacker, fresh_email(), WRONG) for _ in range(20)]
        assert set(codes) == {401}
        assert await code_of(attacker, email, PASSWORD) == 429
        assert await code_of(neighbour, email, PASSWORD) == 200
    async with coming_from(auth, "2001:db8::1") as here, coming_from(auth, "2001:db8::2") as there:
        for _ in range(20):
            assert await code_of(here, fresh_email(), WRONG) == 401
        assert await code_of(there, email, PASSWORD) == 429


def coming_from(auth: Running, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=auth.app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)


async def code_of(client: httpx.AsyncClient, email: str, password: str) -> int:
    return (await client.post(f"{API}/sessions", json={"email": email, "password": password})).status_code


@pytest.mark.usefixtures("one_moment")
async def test_a_header_that_a_client_makes_up_is_not_the_network_it_comes_from(auth: Running) -> None:
    app = believing(auth.app, trusted="10.0.0.0/8", proxies=1)
    transport = httpx.ASGITransport(app=app, client=("10.0.0.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as attacker:
        for number in range(21):
            attacker.headers["x-forwarded-for"] = f"198.51.100.{number}, 10.1.2.3"
            code = await code_of(attacker, fresh_email(), WRONG)
    assert code == 429


async def test_a_suspended_account_is_told_so(auth: Running) -> None:
    email, user_id = await registered(auth)
    await change(auth, email, suspended_at=(await created_at(auth, email)))
    answer = await sign_in(auth, email)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "account-suspended")
    assert (await sign_in(auth, email, WRONG)).status_code == 401
    async with auth.database.reading() as connection:
        sessions = select(session_family).where(session_family.c.user_id == user_id)
        assert (await connection.execute(sessions)).all() == []


async def test_a_session_is_told_apart_by_what_its_client_says_of_itself(auth: Running) -> None:
    email, user_id = await registered(auth)
    for said in (b"Firefox auf Linux", b"Firefox\x80 auf Linux " + b"x" * 300):
        await auth.client.post(
            f"{API}/sessions", json={"email": email, "password": PASSWORD}, headers=[(b"user-agent", said)]
        )
    async with auth.database.reading() as connection:
        query = select(session_family.c.device).where(session_family.c.user_id == user_id)
        devices = (await connection.execute(query.order_by(session_family.c.created_at))).scalars().all()
    assert devices[0] == "Firefox auf Linux"
    assert str(devices[1]).startswith("Firefox auf Linux xxx")
    assert len(str(devices[1])) == 200


async def test_a_hash_of_weaker_parameters_becomes_one_of_todays_at_the_next_sign_in(auth: Running) -> None:
    email, _ = await registered(auth)
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1, type=Type.ID).hash(PASSWORD)
    await change(auth, email, password_hash=weak)
    assert (await sign_in(auth, email, WRONG)).status_code == 401
    assert await hash_of(auth, email) == weak
    assert (await sign_in(auth, email)).status_code == 200
    renewed = await hash_of(auth, email)
    assert "m=19456,t=2,p=1" in renewed
    with Argon2Hasher(queue=1) as hasher:
        assert hasher.is_outdated(weak)
        assert not hasher.is_outdated(renewed)
    assert (await sign_in(auth, email)).status_code == 200
    assert await hash_of(auth, email) == renewed


async def change(auth: Running, email: str, **values: object) -> None:
    async with auth.database.transaction() as session:
        await session.execute(update(user_account).where(user_account.c.email == email).values(**values))


async def hash_of(auth: Running, email: str) -> str:
    async with auth.database.reading() as connection:
        row = await connection.execute(select(user_account.c.password_hash).where(user_account.c.email == email))
    return str(row.scalar_one())


async def created_at(auth: Running, email: str) -> object:
    user_id = await user_id_of(auth, email)
    async with auth.database.reading() as connection:
        return (
            await connection.execute(select(user_account.c.created_at).where(user_account.c.id == user_id))
        ).scalar_one()


@pytest.mark.parametrize("token", ["", "made up", "ä" * 50])
async def test_a_device_token_that_is_not_ours_hinders_nobody(auth: Running, token: str) -> None:
    email, _ = await registered(auth)
    answer = await sign_in(auth, email, device_token=token)
    assert answer.status_code == 200
    assert answer.json()["device_token"] != token
