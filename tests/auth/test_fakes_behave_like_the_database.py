"""The contract that both the dictionaries of the domain tests and PostgreSQL keep, and the locks that only PostgreSQL has."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from services.auth.api.deps import Uow
from services.auth.data.unit_of_work import SqlUow
from services.auth.domain.failures import MOST_DEVICES
from services.auth.domain.links import OneTimeToken, Purpose
from services.auth.domain.sessions import Session
from services.auth.domain.signing_keys import SigningKey
from shared.db.auth import metadata
from tests.auth.fakes import NOON, ada, later
from tests.auth.people import fresh_email
from tests.auth.stores import Made, knock, session
from tests.running import Running

DIGEST = b"d" * 32


async def test_an_address_has_one_account_however_it_is_written(make: Made) -> None:
    first = ada(email=fresh_email())
    async with make() as uow:
        assert await uow.users.add(first)
    async with make() as uow:
        assert not await uow.users.add(ada(email=first.email.upper()))
        for found in (
            await uow.users.by_email(first.email.title()),
            await uow.users.by_email_locked(first.email),
            await uow.users.get(first.id),
            await uow.users.get_locked(first.id),
        ):
            assert found
            assert (found.id, found.email, found.roles) == (first.id, first.email, [])


async def test_nobody_is_found_under_what_was_never_kept(make: Made) -> None:
    async with make() as uow:
        assert await uow.users.by_email(fresh_email()) is None
        assert await uow.users.get(uuid7()) is None
        assert await uow.sessions.get_locked(uuid7()) is None
        assert await uow.one_time_tokens.get_locked(bytes(32), purpose="verify-email") is None


async def test_what_fails_leaves_nothing_behind(make: Made) -> None:
    user = ada(email=fresh_email())

    async def fail(uow: Uow) -> None:
        async with uow:
            await uow.users.add(user)
            uow.emit(user.created())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail(make())
    async with make() as uow:
        assert await uow.users.get(user.id) is None


async def test_a_session_is_kept_changed_and_forgotten(make: Made) -> None:
    user = ada(email=fresh_email())
    kept = session(user.id)
    async with make() as uow:
        await uow.users.add(user)
        uow.sessions.add(kept)
    async with make() as uow:
        found = await uow.sessions.get_locked(kept.id)
        assert found
        assert found.use(1, at=later(minutes=1))
    async with make() as uow:
        found = await uow.sessions.get_locked(kept.id)
        assert found
        assert (found.generation, found.rotated_at) == (2, later(minutes=1))
        await uow.sessions.forget_expired(later(days=14, minutes=1))
        assert await uow.sessions.get_locked(kept.id)
    async with make() as uow:
        await uow.sessions.forget_expired(later(days=14, minutes=1, seconds=1))
    async with make() as uow:
        assert await uow.sessions.get_locked(kept.id) is None


async def test_the_open_sessions_of_a_person_are_found(make: Made) -> None:
    user, other = ada(email=fresh_email()), ada(email=fresh_email())
    kept, ended, foreign = session(user.id), session(user.id), session(other.id)
    ended.end("revoked", at=NOON)
    async with make() as uow:
        for person in (user, other):
            await uow.users.add(person)
        for one in (kept, ended, foreign):
            uow.sessions.add(one)
    async with make() as uow:
        assert [one.id for one in await uow.sessions.open_of(user.id)] == [kept.id]


async def test_admins_who_are_not_suspended_are_found(make: Made) -> None:
    admins = [ada(email=fresh_email(), roles=["admin", "author"]) for _ in range(2)]
    others = [
        ada(email=fresh_email(), **of) for of in ({"roles": ["author"]}, {"roles": ["admin"], "suspended_at": NOON})
    ]
    async with make() as uow:
        for person in (*admins, *others):
            await uow.users.add(person)
    async with make() as uow:
        found = [person.id for person in await uow.users.admins_locked()]
    assert found == sorted(found)
    assert {person.id for person in admins} <= set(found)
    assert not {person.id for person in others} & set(found)


async def test_failures_are_kept_and_forgotten_by_address(make: Made) -> None:
    address = uuid7().bytes * 2
    async with make() as uow:
        (await uow.failures.locked(address, at=NOON)).admit(at=NOON)
    assert await failed_at(make, address) == [NOON]
    async with make() as uow:
        await uow.failures.forget_before(NOON)
    assert await failed_at(make, address) == [NOON]
    async with make() as uow:
        await uow.failures.forget_before(later(seconds=1))
    assert await failed_at(make, address) == []


async def test_an_account_knows_the_devices_used_last_and_nobody_elses(make: Made) -> None:
    one, other = ada(email=fresh_email()), ada(email=fresh_email())
    digests = [uuid7().bytes * 2 for _ in range(MOST_DEVICES + 1)]
    async with make() as uow:
        await uow.users.add(one)
        await uow.users.add(other)
        for number, digest in enumerate(digests):
            await uow.devices.remember(digest, one.id, client="api", at=later(seconds=number))
    assert await known(make, one.id, digests) == digests[1:]
    assert await known(make, other.id, digests) == []
    async with make() as uow:
        await uow.devices.remember(digests[1], one.id, client="api", at=later(hours=1))
        await uow.devices.forget_before(later(minutes=1))
    assert await known(make, one.id, digests) == digests[1:2]


async def test_devices_of_one_kind_push_none_of_the_other_out(make: Made) -> None:
    one, browser = ada(email=fresh_email()), uuid7().bytes * 2
    programs = [uuid7().bytes * 2 for _ in range(MOST_DEVICES + 1)]
    async with make() as uow:
        await uow.users.add(one)
        await uow.devices.remember(browser, one.id, client="browser", at=NOON)
        for number, digest in enumerate(programs):
            await uow.devices.remember(digest, one.id, client="api", at=later(seconds=number))
    assert await known(make, one.id, [browser, *programs]) == [browser, *programs[1:]]


async def known(make: Made, user_id: UUID, digests: list[bytes]) -> list[bytes]:
    async with make() as uow:
        user = await uow.users.get(user_id)
    assert user
    sights = [await knock(make, user.email, device=digest) for digest in digests]
    return [digest for digest, sight in zip(digests, sights, strict=True) if sight.device_used_at]


async def test_signing_keys_are_kept_changed_and_removed(make: Made) -> None:
    kid = str(uuid7())
    async with make() as uow:
        uow.signing_keys.add(SigningKey(kid=kid, sealed=b"sealed", created_at=NOON, signs_from=later(seconds=1)))
    async with make() as uow:
        (kept,) = [key for key in await uow.signing_keys.all_locked() if key.kid == kid]
        assert (kept.sealed, kept.signs_from, kept.retires_at) == (b"sealed", later(seconds=1), None)
        kept.retires_at = later(hours=1)
    async with make() as uow:
        (kept,) = [key for key in await uow.signing_keys.all_locked() if key.kid == kid]
        assert kept.retires_at == later(hours=1)
        await uow.signing_keys.remove(kept)
    async with make() as uow:
        assert kid not in {key.kid for key in await uow.signing_keys.all_locked()}


async def failed_at(make: Made, address: bytes) -> list[datetime]:
    async with make() as uow:
        return list((await uow.failures.locked(address, at=NOON)).failed_at)


async def test_a_link_that_was_not_used_gets_its_new_expiry_and_a_used_one_does_not(make: Made) -> None:
    user = ada(email=fresh_email())
    digest = uuid7().bytes * 2
    async with make() as uow:
        await uow.users.add(user)
    for at, use in ((later(days=1), False), (later(days=2), True), (later(days=3), False)):
        async with make() as uow:
            await uow.one_time_tokens.keep(
                OneTimeToken(hash=digest, user_id=user.id, purpose="verify-email", expires_at=at)
            )
        async with make() as uow:
            found = await uow.one_time_tokens.get_locked(digest, purpose="verify-email")
            assert found
            assert found.expires_at == min(at, later(days=2))
            if use:
                found.use(at=NOON)
    async with make() as uow:
        await uow.one_time_tokens.forget_expired(later(days=2, seconds=1))
    async with make() as uow:
        assert await uow.one_time_tokens.get_locked(digest, purpose="verify-email") is None


async def test_every_unused_link_of_a_person_and_a_purpose_is_spent_at_once(make: Made) -> None:
    user = ada(email=fresh_email())
    kinds: list[Purpose] = ["reset-password", "reset-password", "verify-email"]
    links = [
        OneTimeToken(hash=uuid7().bytes * 2, user_id=user.id, purpose=purpose, expires_at=later(days=1))
        for purpose in kinds
    ]
    async with make() as uow:
        await uow.users.add(user)
        for link in links:
            await uow.one_time_tokens.keep(link)
    async with make() as uow:
        await uow.one_time_tokens.spend_all(user.id, purpose="reset-password", at=NOON)
    async with make() as uow:
        found = [await uow.one_time_tokens.get_locked(link.hash, purpose=link.purpose) for link in links]
    assert [link and link.used_at for link in found] == [NOON, NOON, None]


LOCKING: dict[str, Callable[[SqlUow, Session, str], Awaitable[object]]] = {
    "user_account": lambda uow, session, _: uow.users.get_locked(session.user_id),
    "user_account by address": lambda uow, _, email: uow.users.by_email_locked(email),
    "session_family": lambda uow, session, _: uow.sessions.get_locked(session.id),
    "session_family of a person": lambda uow, session, _: uow.sessions.open_of(session.user_id),
    "user_account of admins": lambda uow, *_: uow.users.admins_locked(),
    "sign_in_failures": lambda uow, *_: uow.failures.locked(DIGEST, at=NOON),
    "one_time_token": lambda uow, *_: uow.one_time_tokens.get_locked(DIGEST, purpose="verify-email"),
}


@pytest.mark.parametrize("what", LOCKING)
async def test_what_is_locked_nobody_else_can_change(auth: Running, what: str) -> None:
    user = ada(email=fresh_email(), roles=["admin"])
    kept = session(user.id)
    async with SqlUow(auth.bus.writing) as uow:
        for admin in await uow.users.admins_locked():  # of the parameters before
            admin.change_roles([])
        await uow.users.add(user)
        uow.sessions.add(kept)
        await uow.failures.locked(DIGEST, at=NOON)
        await uow.one_time_tokens.keep(
            OneTimeToken(hash=DIGEST, user_id=user.id, purpose="verify-email", expires_at=later(days=3))
        )
    table = metadata.tables[f"auth.{what.split(maxsplit=1)[0]}"]
    async with SqlUow(auth.bus.writing) as uow:
        await LOCKING[what](uow, kept, user.email)
        async with auth.database.reading() as other:
            free = (await other.execute(select(table).with_for_update(skip_locked=True))).all()
            every = (await other.execute(select(table))).all()
        assert len(every) - len(free) == 1
