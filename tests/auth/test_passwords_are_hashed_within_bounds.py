import asyncio

import pytest

from services.auth.data.argon2 import Argon2Hasher, PasswordsWaiting
from services.auth.main import create_app
from services.auth.settings import Settings
from tests.auth.conftest import SECRETS
from tests.auth.fakes import FakeHasher
from tests.auth.people import PASSWORD, fresh_email, register
from tests.running import running

pytestmark = pytest.mark.thorough

QUEUE, WORKERS = 3, 2


@pytest.mark.parametrize("fake", [True, False], ids=["fake", "argon2"])
async def test_a_password_matches_its_hash_and_nothing_else_does(fake: bool) -> None:  # noqa: FBT001 - a parameter
    with Argon2Hasher(queue=QUEUE) as real:
        hasher = FakeHasher() if fake else real
        stored = await hasher.hash(PASSWORD)
        assert stored.startswith("$argon2id$")
        assert await hasher.verify(stored, PASSWORD)
        assert not await hasher.verify(stored, PASSWORD + "!")
        assert not await hasher.verify(None, PASSWORD)


async def test_however_a_keyboard_composes_letters_the_password_matches() -> None:
    with Argon2Hasher(queue=QUEUE) as hasher:
        assert await hasher.verify(await hasher.hash("caf\u00e9 au lait demain"), "cafe\u0301 au lait demain")


async def test_a_broken_hash_matches_nothing_and_is_told_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    with Argon2Hasher(queue=QUEUE) as hasher:
        assert not await hasher.verify(await hasher.hash(PASSWORD), "another password")
        assert not caplog.records
        assert not await hasher.verify("$argon2id$broken", PASSWORD)
    assert "Restore it from a backup" in caplog.text
    assert PASSWORD not in caplog.text


async def test_beyond_the_queue_people_are_asked_to_come_back() -> None:
    with Argon2Hasher(queue=QUEUE) as hasher:
        answers = await asyncio.gather(
            *(hasher.hash(PASSWORD) for _ in range(QUEUE + WORKERS + 4)), return_exceptions=True
        )
        refused = [answer for answer in answers if isinstance(answer, PasswordsWaiting)]
        assert len(refused) == 4
        assert refused[0].retry_after
        assert await hasher.hash(PASSWORD)


async def test_who_hangs_up_while_waiting_makes_room_for_others() -> None:
    with Argon2Hasher(queue=QUEUE) as hasher:
        tasks = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(QUEUE + WORKERS)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        room = await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(QUEUE + WORKERS)), return_exceptions=True)
        assert sum(isinstance(answer, PasswordsWaiting) for answer in room) <= WORKERS


async def test_a_full_queue_is_answered_503_with_retry_after(database_url: str) -> None:
    async with running(create_app, Settings, database_url, secrets=SECRETS, password_queue=1) as run:
        answers = await asyncio.gather(*(register(run, fresh_email()) for _ in range(8)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused
    assert {answer.status_code for answer in answers} == {202, 503}
    assert refused[0].json()["type"].endswith("/sign-in-busy")
    assert int(refused[0].headers["retry-after"]) >= 1
