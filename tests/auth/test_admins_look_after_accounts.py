"""What an admin may do to an account, and that it is on record, by whom and why."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.administration import (
    Decision,
    LastAdmin,
    OwnAccount,
    change_roles,
    reinstate_user,
    suspend_user,
    user_at,
)
from services.auth.domain.links import UserUnknown
from services.auth.domain.sign_in import AccountSuspended, Credentials, SignInRefused, sign_in
from services.auth.domain.users import Role, User
from shared.events.auth import RoleChanged, SessionRevoked, UserReinstated, UserSuspended
from tests.auth.fakes import GOOD_PASSWORD, NOON, FakeHasher, FakeUow, ada, gate_of, later
from tests.auth.stores import session

REASON = "Writes our courses"


@pytest.fixture
def grace() -> User:
    return ada(email="grace@example.com", roles=["admin"])


@pytest.fixture
def uow(grace: User) -> FakeUow:
    uow = FakeUow()
    uow.state.users[grace.id] = grace
    return uow


def somebody(uow: FakeUow, **changes: Any) -> User:
    user = ada(**changes)
    uow.state.users[user.id] = user
    return user


def by(actor: User | None, user_id: UUID) -> Decision:
    return Decision(user_id=user_id, actor=actor.id if actor else None, reason=REASON)


def to(*roles: Role) -> Any:
    def change(_before: Collection[str]) -> Collection[Role]:
        return roles

    return change


def on_record(uow: FakeUow) -> list[tuple[Any, ...]]:
    return [(e.at, e.actor, e.action, e.user_id, e.reason, e.details) for e in uow.state.audit]


async def test_roles_are_changed_stated_and_on_record(uow: FakeUow, grace: User) -> None:
    brian = somebody(uow, roles=["admin"])
    changed = await change_roles(uow, by(grace, brian.id), to("author", "author"), at=NOON)
    assert changed.roles == ["author"]
    assert uow.facts == [RoleChanged(user_id=brian.id, roles=["author"])]
    assert uow.actor == grace.id
    details = {"before": ["admin"], "after": ["author"]}
    assert on_record(uow) == [(NOON, grace.id, "roles-changed", brian.id, REASON, details)]


async def test_a_suspension_ends_every_open_session_and_is_on_record(uow: FakeUow, grace: User) -> None:
    person, other = somebody(uow), somebody(uow, email="brian@example.com")
    sessions = [session(person.id), session(person.id), session(other.id)]
    gone = session(person.id)
    gone.end("signed-out", at=NOON)
    uow.state.sessions |= {one.id: one for one in (*sessions, gone)}
    suspended = await suspend_user(uow, by(grace, person.id), at=later(minutes=1))
    assert suspended.suspended_at == later(minutes=1)
    assert [one.ended_reason for one in sessions] == ["suspended", "suspended", None]
    assert gone.ended_reason == "signed-out"
    ended = [SessionRevoked(user_id=person.id, session_id=one.id, reason="suspended") for one in sessions[:2]]
    assert uow.facts[0] == UserSuspended(user_id=person.id)
    assert sorted(uow.facts[1:], key=repr) == sorted(ended, key=repr)
    assert on_record(uow) == [(later(minutes=1), grace.id, "suspended", person.id, REASON, {"sessions": 2})]


async def test_somebody_suspended_is_let_in_again_on_record(uow: FakeUow, grace: User) -> None:
    person = somebody(uow, suspended_at=NOON)
    assert (await reinstate_user(uow, by(grace, person.id), at=later(minutes=1))).suspended_at is None
    assert uow.facts == [UserReinstated(user_id=person.id)]
    assert on_record(uow) == [(later(minutes=1), grace.id, "reinstated", person.id, REASON, {})]


async def test_what_changes_nothing_is_neither_stated_nor_on_record(uow: FakeUow, grace: User) -> None:
    out, inside = somebody(uow, suspended_at=NOON), somebody(uow, email="brian@example.com", roles=["author"])
    await suspend_user(uow, by(grace, out.id), at=later(minutes=1))
    await reinstate_user(uow, by(grace, inside.id), at=NOON)
    await change_roles(uow, by(grace, inside.id), to("author"), at=NOON)
    assert (out.suspended_at, uow.facts, uow.state.audit) == (NOON, [], [])


async def test_an_admin_neither_suspends_nor_demotes_themself(uow: FakeUow, grace: User) -> None:
    somebody(uow, roles=["admin"])
    with pytest.raises(OwnAccount):
        await suspend_user(uow, by(grace, grace.id), at=NOON)
    with pytest.raises(OwnAccount):
        await change_roles(uow, by(grace, grace.id), to("author"), at=NOON)
    user = await change_roles(uow, by(grace, grace.id), to("author", "admin"), at=NOON)
    assert (user.roles, user.suspended_at) == (["admin", "author"], None)


async def test_the_last_admin_stays_whoever_decides(uow: FakeUow, grace: User) -> None:
    somebody(uow, roles=["admin"], suspended_at=NOON)  # looks after nobody
    with pytest.raises(LastAdmin):
        await suspend_user(uow, by(None, grace.id), at=NOON)
    with pytest.raises(LastAdmin):
        await change_roles(uow, by(None, grace.id), to(), at=NOON)
    assert (uow.facts, uow.state.audit) == ([], [])
    somebody(uow, email="hedy@example.com", roles=["admin"])
    assert (await change_roles(uow, by(None, grace.id), to(), at=NOON)).roles == []
    assert (uow.actor, uow.state.audit[0].actor) == (None, None)


async def test_nobody_is_unknown(uow: FakeUow, grace: User) -> None:
    decision = by(grace, uuid7())
    for refused in (
        suspend_user(uow, decision, at=NOON),
        reinstate_user(uow, decision, at=NOON),
        change_roles(uow, decision, to("author"), at=NOON),
        user_at(uow, "nobody@example.com"),
    ):
        with pytest.raises(UserUnknown):
            await refused
    assert (await user_at(uow, "GRACE@example.com")).id == grace.id


async def test_only_the_right_password_learns_of_a_suspension_and_opens_no_session(uow: FakeUow) -> None:
    person, gate = somebody(uow, suspended_at=NOON), gate_of(uow)
    for password, refusal in (("wrong", SignInRefused), (GOOD_PASSWORD, AccountSuspended)):
        given = Credentials(email=person.email, password=password, client="api")
        with pytest.raises(refusal):
            await sign_in(uow, given, gate=gate, session_id=uuid7(), at=later(minutes=1))
    assert uow.state.sessions == {}


async def test_who_is_suspended_while_signing_in_gets_no_session(uow: FakeUow, grace: User) -> None:
    class Overtaken(FakeHasher):
        async def verify(self, stored: str | None, password: str) -> bool:
            await suspend_user(uow, by(grace, person.id), at=NOON)
            return await super().verify(stored, password)

    person, gate = somebody(uow), gate_of(uow, Overtaken())
    given = Credentials(email=person.email, password=GOOD_PASSWORD, client="api")
    with pytest.raises(AccountSuspended):
        await sign_in(uow, given, gate=gate, session_id=uuid7(), at=NOON)
    assert uow.state.sessions == {}
