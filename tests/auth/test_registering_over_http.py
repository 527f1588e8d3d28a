import asyncio
import json
import logging

import httpx
import pytest
from sqlalchemy import func, select

from shared.db.auth import bus, user_account
from tests.auth.people import (
    API,
    PASSWORD,
    actors_about,
    facts_about,
    fresh_email,
    register,
    registered,
    sign_in,
    user_id_of,
)
from tests.running import Running


async def rows_at(auth: Running, email: str) -> int:
    async with auth.database.reading() as connection:
        found = await connection.execute(select(func.count()).where(func.lower(user_account.c.email) == email.lower()))
        return int(found.scalar_one())


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """All but the request's own id."""
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


async def test_a_known_and_an_unknown_address_are_answered_alike(auth: Running) -> None:
    email = fresh_email()
    first, second = await register(auth, email), await register(auth, email.upper())
    assert first.status_code == second.status_code == 202
    assert first.content == second.content
    assert headers_of(first) == headers_of(second)
    assert email not in first.text
    assert await rows_at(auth, email) == 1
    assert await facts_about(auth, await user_id_of(auth, email)) == ["user-created", "registration-repeated"]


async def test_of_many_registrations_at_once_one_makes_the_account(auth: Running) -> None:
    email = fresh_email()
    answers = await asyncio.gather(*(register(auth, email) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert await rows_at(auth, email) == 1
    assert await facts_about(auth, await user_id_of(auth, email)) == ["user-created", "registration-repeated"]


async def test_who_registers_did_it_and_who_registers_a_known_address_may_be_anybody(auth: Running) -> None:
    email, user_id = await registered(auth, locale="en")
    await register(auth, email)
    assert await actors_about(auth, user_id) == [("registration-repeated", None), ("user-created", user_id)]


async def test_the_fact_holds_the_name_and_no_address(auth: Running) -> None:
    _, user_id = await registered(auth, name="  Ada Lovelace ", locale="de-AT", timezone="Europe/Vienna")
    async with auth.database.reading() as connection:
        emitted = (await connection.execute(select(bus.outbox.c.data).where(bus.outbox.c.key == str(user_id)))).scalar()
        logged = (await connection.execute(select(bus.log.c.data).where(bus.log.c.key == str(user_id)))).scalar()
    assert (emitted or logged) == {
        "user_id": str(user_id),
        "name": "Ada Lovelace",
        "locale": "de-AT",
        "timezone": "Europe/Vienna",
    }


async def test_the_password_is_stored_as_argon2id_alone(auth: Running) -> None:
    _, user_id = await registered(auth, locale="en")
    async with auth.database.reading() as connection:
        row = (await connection.execute(select(user_account).where(user_account.c.id == user_id))).one()
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in str(row)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "body.email"),
        ({"email": "a\0b@example.com"}, "body.email"),
        ({"email": "ada@localhost"}, "body.email"),
        ({"email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.example"}, "body.email"),
        ({"password": "too short"}, "body.password"),
        ({"password": "x7Q" * 43}, "body.password"),
        ({"password": "manchesterunited"}, "body.password"),
        ({"password": "codezest is where I learn"}, "body.password"),
        ({"password": "seven quiet lanterns \ud800"}, "body.password"),
        ({"name": " "}, "body.name"),
        ({"name": "Ada\r\nBcc: all@example.com"}, "body.name"),
        ({"name": "A\0"}, "body.name"),
        ({"name": "A" * 101}, "body.name"),
        ({"locale": "deutsch"}, "body.locale"),
        ({"timezone": "Mars/Olympus"}, "body.timezone"),
        ({"timezone": "../../etc/passwd"}, "body.timezone"),
        ({"timezone": "Europe"}, "body.timezone"),
        ({"roles": ["admin"]}, "body.roles"),
    ],
)
async def test_a_wrong_field_is_named_and_not_quoted(auth: Running, changes: dict[str, object], field: str) -> None:
    body = {"email": fresh_email(), "password": PASSWORD, "name": "Ada", **changes}
    answer = await auth.client.post(
        f"{API}/users", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [entry["field"] for entry in answer.json()["errors"]] == [field]
    if "password" in changes:
        assert str(changes["password"]) not in answer.text


@pytest.mark.parametrize("email", ["ada@codezest.local", "Ada.Lovelace+learn@BÜCHER.example"])
async def test_addresses_of_local_networks_and_other_alphabets_are_welcome(auth: Running, email: str) -> None:
    assert (await register(auth, email)).status_code == 202
    assert (await sign_in(auth, email.swapcase())).status_code == 200


async def test_no_password_or_address_reaches_the_log(auth: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    email = fresh_email("canary")
    for password in (PASSWORD, "short canary", "manchesterunited"):
        await register(auth, email, password=password)
        await sign_in(auth, email, password)
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("services", "shared")))
    for secret in (email, PASSWORD, "canary", "manchesterunited"):
        assert secret not in said
