"""The door, before dictionaries and before PostgreSQL; and what only PostgreSQL has: others who come at the same time."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from sqlalchemy import bindparam, false, func, select, update
from uuid_utils.compat import uuid7

from services.auth.domain.failures import Failures
from services.auth.domain.users import User
from shared.db.auth import user_account
from shared.db.query import Query
from shared.events.auth import SignedIn
from tests.auth.fakes import NOON, ada, later
from tests.auth.people import fresh_email
from tests.auth.stores import Made, digest, in_postgres, knock, session
from tests.running import Running
from tests.shared.probe import somebody_waits, until


async def somebody(make: Made, **changes: object) -> User:
    user = ada(email=fresh_email(), **changes)
    async with make() as uow:
        await uow.users.add(user)
    return user


async def is_open(make: Made, user: User) -> bool:
    async with make() as uow:
        return bool(await uow.sessions.open_of(user.id))


async def enter(make: Made, user: User, *, forgiven: bytes = bytes(32)) -> frozenset[str] | None:
    opened = session(user.id)
    fact = SignedIn(user_id=user.id, session_id=opened.id)
    return await make.door.open(opened, fact, password_hash=user.password_hash, forgiven=forgiven)


async def failed(make: Made, address: bytes, number: int = 0) -> None:
    kept = Failures(address=address, failed_at=[later(seconds=number)], last_at=NOON)
    assert await make.door.count(kept, before=[])


async def test_whose_address_it_is_is_seen_however_it_is_written(make: Made) -> None:
    user = await somebody(make)
    sight = await knock(make, user.email.upper(), counted=[digest()])
    assert sight.account
    assert (sight.account.id, sight.account.password_hash) == (user.id, user.password_hash)
    assert (sight.device_used_at, sight.failures) == (None, {})


async def test_of_nobody_failures_alone_are_seen(make: Made) -> None:
    counted, other = digest(), digest()
    await failed(make, counted)
    sight = await knock(make, fresh_email(), device=digest(), counted=[counted, other])
    assert (sight.account, sight.device_used_at) == (None, None)
    assert {address: kept.failed_at for address, kept in sight.failures.items()} == {counted: [NOON]}


async def test_a_device_is_seen_with_its_own_account_alone(make: Made) -> None:
    user, other, device = await somebody(make), await somebody(make), digest()
    async with make() as uow:
        await uow.devices.remember(device, user.id, client="api", at=later(seconds=1))
    emails = (user.email, other.email, fresh_email())
    seen = [(await knock(make, email, device=device)).device_used_at for email in emails]
    assert seen == [later(seconds=1), None, None]


async def test_several_counters_are_seen_at_once(make: Made) -> None:
    user, counted = await somebody(make), [digest() for _ in range(3)]
    for number, address in enumerate(counted):
        await failed(make, address, number)
    sight = await knock(make, user.email, counted=counted)
    assert [sight.failures[address].failed_at for address in counted] == [
        [later(seconds=number)] for number in range(3)
    ]


@pytest.mark.parametrize("whose", ["known", "strange"])
async def test_the_first_try_is_counted_for_the_device_if_the_account_knows_it(make: Made, whose: str) -> None:
    user, device, strange, own = await somebody(make), digest(), digest(), digest()
    if whose == "known":
        async with make() as uow:
            await uow.devices.remember(device, user.id, client="api", at=NOON)
    sight = await knock(make, user.email, device=device, counted=[strange, own], number=7)
    assert (sight.counted, sight.failures) == (True, {})
    kept = await knock(make, user.email, counted=[strange, own])
    assert {address: (one.failed_at, one.last_at) for address, one in kept.failures.items()} == {
        own if whose == "known" else strange: ([later(seconds=7)], later(seconds=7))
    }


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_where_anything_is_counted_no_first_try_is(make: Made, place: int) -> None:
    counted = [digest() for _ in range(3)]
    await failed(make, counted[place])
    for _ in range(2):
        sight = await knock(make, fresh_email(), counted=counted)
        assert (sight.counted, list(sight.failures)) == (False, [counted[place]])


async def test_what_somebody_else_counted_meanwhile_is_not_overwritten(make: Made) -> None:
    address = digest()
    await failed(make, address)
    two = [NOON, later(seconds=1)]
    for before, kept in (([], False), ([later(seconds=1)], False), ([NOON], True)):
        counted = Failures(address=address, failed_at=two, last_at=later(seconds=1))
        assert await make.door.count(counted, before=before) is kept
    sight = await knock(make, fresh_email(), counted=[address])
    assert (sight.failures[address].failed_at, sight.failures[address].last_at) == (two, later(seconds=1))


async def test_what_was_forgiven_meanwhile_does_not_come_back(make: Made) -> None:
    user, address = await somebody(make), digest()
    await failed(make, address)
    assert await enter(make, user, forgiven=address) is not None
    counted = Failures(address=address, failed_at=[NOON, later(seconds=1)], last_at=later(seconds=1))
    assert await make.door.count(counted, before=[NOON]) is False
    assert (await knock(make, user.email, counted=[address])).failures == {}


async def test_who_comes_in_has_a_session_and_is_forgiven_and_it_is_stated(make: Made) -> None:
    user, address = await somebody(make, roles=["author", "admin"]), digest()
    await failed(make, address)
    assert await enter(make, user, forgiven=address) == frozenset({"author", "admin"})
    assert await is_open(make, user)
    assert (await knock(make, user.email, counted=[address])).failures == {}
    assert await make.stated(user.id) == [("auth.signed-in.v1", user.id)]


@pytest.mark.parametrize("other", ["password", "suspended", "gone"])
async def test_the_door_stays_shut_when_the_account_is_not_as_it_was_seen(make: Made, other: str) -> None:
    user, address = await somebody(make, suspended_at=NOON if other == "suspended" else None), digest()
    seen = ada(email=user.email, id=uuid7() if other == "gone" else user.id)
    if other == "password":
        seen.password_hash = "$argon2id$another"
    await failed(make, address)
    assert await enter(make, seen, forgiven=address) is None
    assert not await is_open(make, seen)
    assert address in (await knock(make, user.email, counted=[address])).failures
    assert await make.stated(seen.id) == []


@pytest.mark.parametrize("change", ["suspended_at", "password_hash"])
async def test_who_comes_while_the_account_changes_waits_and_is_not_let_in(auth: Running, change: str) -> None:
    make = in_postgres(auth)
    user = await somebody(make)
    new = {"suspended_at": NOON, "password_hash": "$argon2id$another"}[change]
    async with auth.database.transaction() as other:
        await other.execute(update(user_account).where(user_account.c.id == user.id).values({change: new}))
        entering = asyncio.create_task(enter(make, user))
        await until(lambda: somebody_waits(auth.database), "the door waits for the account")
    assert await entering is None
    assert not await is_open(make, user)


async def test_of_many_at_once_each_is_counted(auth: Running) -> None:
    make, address = in_postgres(auth), digest()

    async def try_once(number: int) -> bool:
        sight = await knock(make, fresh_email(), counted=[address], number=number)
        if sight.counted:
            return True
        before = sight.failures[address].failed_at if sight.failures else []
        counted = Failures(address=address, failed_at=[*before, later(seconds=number)], last_at=NOON)
        return await make.door.count(counted, before=before)

    counted = sum(await asyncio.gather(*(try_once(number) for number in range(20))))
    sight = await knock(make, fresh_email(), counted=[address])
    assert 1 <= counted == len(sight.failures[address].failed_at)


async def test_of_many_who_find_nothing_counted_one_is_the_first(auth: Running) -> None:
    make, address = in_postgres(auth), digest()
    sights = await asyncio.gather(*(knock(make, fresh_email(), counted=[address], number=n) for n in range(20)))
    assert [sight.counted for sight in sights].count(True) == 1
    assert len((await knock(make, fresh_email(), counted=[address])).failures[address].failed_at) == 1


async def test_failures_need_not_wait_for_the_disk_and_a_session_must(
    auth: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, fetch, asked = in_postgres(auth), auth.database.fetch, list[str]()

    async def heard(sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        asked.append(sql)
        return await fetch(sql, values)

    user = await somebody(make)
    monkeypatch.setattr(auth.database, "fetch", heard)
    await knock(make, user.email)
    await failed(make, digest())
    address = digest()
    await failed(make, address)
    more = Failures(address=address, failed_at=[NOON, later(seconds=1)], last_at=NOON)
    assert await make.door.count(more, before=[NOON])
    await enter(make, user)
    assert ["set_config" in sql for sql in asked] == [True, True, True, True, False]


async def test_the_door_leaves_a_connection_as_it_was(auth: Running) -> None:
    make, name = in_postgres(auth), "synchronous_commit"
    set_to = func.set_config(name, bindparam("value", "local"), false())
    found = func.current_setting(name).label("found")
    (before,) = await Query(select(found)).rows(auth.database)
    await Query(select(set_to)).rows(auth.database)
    try:
        await knock(make, fresh_email())
        await failed(make, digest())
        (after,) = await Query(select(found)).rows(auth.database)
    finally:
        await Query(select(set_to)).rows(auth.database, value=before["found"])
    assert after["found"] == "local"
