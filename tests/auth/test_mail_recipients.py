import httpx
from sqlalchemy import select
from uuid_utils.compat import uuid7

from shared.db.auth import one_time_token
from tests.auth.people import registered, verification_link
from tests.running import PUBLIC_URL, Running

PATH = "/internal/v1/mail-recipients"


async def test_the_mail_worker_learns_where_a_mail_goes_and_its_link(auth: Running) -> None:
    email, user_id = await registered(auth, locale="de", timezone="Europe/Berlin")
    question = {"user_id": str(user_id), "message_id": "m1", "link": "verify-email"}
    answer = await auth.client.post(PATH, json=question, headers=auth.from_service("notifications"))
    assert answer.status_code == 200
    link = answer.json().pop("link")
    assert link.startswith(f"{PUBLIC_URL}/api/auth/v1/email-verification?token=")
    assert answer.json() | {"link": ""} == {
        "address": email,
        "name": "Ada",
        "locale": "de",
        "timezone": "Europe/Berlin",
        "link": "",
    }


async def test_asking_again_gives_the_same_link_and_another_mail_another_one(auth: Running) -> None:
    _, user_id = await registered(auth)
    assert await verification_link(auth, user_id) == await verification_link(auth, user_id)
    assert await verification_link(auth, user_id) != await verification_link(auth, user_id, "m2")


async def test_the_token_of_a_link_is_not_stored(auth: Running) -> None:
    _, user_id = await registered(auth)
    token = httpx.URL(await verification_link(auth, user_id)).params["token"]
    async with auth.database.reading() as connection:
        rows = (await connection.execute(select(one_time_token).where(one_time_token.c.user_id == user_id))).all()
    assert len(rows) == 1
    assert token not in str(rows)


async def test_a_mail_without_a_link_gets_none(auth: Running) -> None:
    _, user_id = await registered(auth)
    question = {"user_id": str(user_id), "message_id": "m1", "link": None}
    answer = await auth.client.post(PATH, json=question, headers=auth.from_service("notifications"))
    assert answer.json()["link"] is None


async def test_nobody_is_not_found(auth: Running) -> None:
    question = {"user_id": str(uuid7()), "message_id": "m1", "link": "verify-email"}
    answer = await auth.client.post(PATH, json=question, headers=auth.from_service("notifications"))
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/user-unknown")


async def test_no_service_but_the_mail_worker_may_ask(auth: Running) -> None:
    _, user_id = await registered(auth)
    question = {"user_id": str(user_id), "message_id": "m1", "link": None}
    for headers in (auth.from_sidecar, auth.from_service("learning")):
        answer = await auth.client.post(PATH, json=question, headers=headers)
        assert answer.status_code == 403
        assert "example.com" not in answer.text


async def test_only_the_sidecar_may_ask(auth: Running) -> None:
    _, user_id = await registered(auth)
    question = {"user_id": str(user_id), "message_id": "m1", "link": "verify-email"}
    for headers in ({}, {"dapr-api-token": "guess"}):
        answer = await auth.client.post(PATH, json=question, headers=headers)
        assert answer.status_code == 401
        assert "example.com" not in answer.text
