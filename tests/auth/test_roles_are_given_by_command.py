"""Whoever runs the platform makes the first admin by a command; it does what an admin does, as nobody."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.auth.commands import Refused, Request, carry_out
from shared.db.auth import audit_entry, user_account
from shared.db.database import Database
from tests.auth.people import actors_about, facts_about, fresh_email, registered
from tests.running import Running
from tools.accounts.__main__ import main

REASON = 'it\'s the "first" admin'


def request(email: str, role: str = "admin", reason: str = REASON, *, gets: bool = True) -> Request:
    return Request(email=email, role=role, reason=reason, gets=gets)


async def roles_of(auth: Running, user_id: UUID) -> list[str]:
    async with auth.database.reading() as connection:
        found = select(user_account.c.roles).where(user_account.c.id == user_id)
        return list((await connection.execute(found)).scalar_one())


async def test_a_role_is_given_and_taken_stated_and_on_record_done_by_nobody(auth: Running) -> None:
    email, user_id = await registered(auth)
    keeps, _ = await registered(auth)
    await carry_out(request(keeps), auth.database)
    assert (await carry_out(request(email, "author"), auth.database)).roles == ["author"]
    assert (await carry_out(request(email.upper(), reason=f"  {REASON}\n"), auth.database)).roles == ["admin", "author"]
    assert (await carry_out(request(email, gets=False), auth.database)).roles == ["author"]
    assert await roles_of(auth, user_id) == ["author"]
    assert (await facts_about(auth, user_id))[1:] == ["role-changed"] * 3
    assert ("role-changed", None) in await actors_about(auth, user_id)
    async with auth.database.reading() as connection:
        columns = (audit_entry.c.actor, audit_entry.c.action, audit_entry.c.reason)
        record = await connection.execute(select(*columns).where(audit_entry.c.user_id == user_id))
    assert [tuple(row) for row in record] == [(None, "roles-changed", REASON)] * 3


async def test_a_role_that_somebody_has_is_not_given_twice(auth: Running) -> None:
    email, user_id = await registered(auth)
    for _ in range(2):
        assert (await carry_out(request(email, "author"), auth.database)).roles == ["author"]
    assert (await facts_about(auth, user_id))[1:] == ["role-changed"]


async def test_the_last_admin_keeps_the_role(auth: Running) -> None:
    email, user_id = await registered(auth)
    async with auth.database.transaction() as database:
        await database.execute(update(user_account).values(roles=[]))
    await carry_out(request(email), auth.database)
    with pytest.raises(Refused, match="keeps the role") as refused:
        await carry_out(request(email, gets=False), auth.database)
    assert "Make somebody an admin first" in refused.value.remedy
    assert await roles_of(auth, user_id) == ["admin"]


@pytest.mark.parametrize("email", ["nobody@example.com", "", "no address", "a\0b@example.com"])
async def test_an_address_that_nobody_has_is_named(auth: Running, email: str) -> None:
    with pytest.raises(Refused, match="Nobody has the address") as refused:
        await carry_out(request(email), auth.database)
    assert "register first" in refused.value.remedy


async def test_a_role_that_is_none_is_named_with_those_there_are(auth: Running) -> None:
    with pytest.raises(Refused, match="no role 'owner'") as refused:
        await carry_out(request(fresh_email(), "owner"), auth.database)
    assert "author and admin" in refused.value.remedy


@pytest.mark.parametrize("reason", ["", " ", "x" * 1001, "a\0b"], ids=["empty", "blank", "long", "NUL"])
async def test_a_reason_is_demanded(auth: Running, reason: str) -> None:
    email, user_id = await registered(auth)
    with pytest.raises(Refused, match="Why"):
        await carry_out(request(email, reason=reason), auth.database)
    assert await roles_of(auth, user_id) == []


async def test_a_database_that_is_away_is_said() -> None:
    away = Database("postgresql://auth@127.0.0.1:9/codezest", password="none", pool_size=1)
    try:
        with pytest.raises(Refused, match="database does not answer"):
            await carry_out(request("ada@example.com"), away)
    finally:
        await away.close()


def test_a_platform_that_does_not_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--email=ada@example.com", "--role=admin", "--reason=first", f"--home={tmp_path}"]
    assert main(["grant", *words]) == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "does not run" in shown
    assert "make up" in shown
