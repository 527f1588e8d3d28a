import asyncio
from contextlib import AsyncExitStack

from uuid_utils.compat import uuid7

from services.auth.domain.demo import add_demo_users
from services.auth.main import create_app
from services.auth.settings import Settings
from tests.auth.conftest import SECRETS
from tests.auth.fakes import GOOD_PASSWORD, NOON, FakeHasher, FakeUow
from tests.auth.people import API, bearer, facts_about, sign_in, user_id_of
from tests.running import Running, running

ROLES = {"ada@codezest.local": [], "brian@codezest.local": ["author"], "grace@codezest.local": ["admin"]}


async def test_two_replicas_that_start_at_once_make_three_people_once(database_url: str) -> None:
    async with AsyncExitStack() as stack:

        async def replica() -> Running:
            return await stack.enter_async_context(
                running(create_app, Settings, database_url, secrets=SECRETS, demo=True)
            )

        first, second = await asyncio.gather(replica(), replica())
        for email, roles in ROLES.items():
            assert await facts_about(first, await user_id_of(first, email)) == ["user-created", "email-verified"]
            answer = await sign_in(second, email, SECRETS["auth-demo-password"])
            me = (await first.client.get(f"{API}/me", headers=bearer(answer.json()))).json()
            assert (me["roles"], me["email_verified"]) == (roles, True)


async def test_of_two_replicas_the_slower_one_states_nothing() -> None:
    class Overtaken(FakeHasher):
        """While this replica hashes, another one does all there is to do."""

        async def hash(self, password: str) -> str:
            await add_demo_users(uow, password=password, hasher=FakeHasher(), new_id=uuid7, at=NOON)
            return await super().hash(password)

    uow = FakeUow()
    await add_demo_users(uow, password=GOOD_PASSWORD, hasher=Overtaken(), new_id=uuid7, at=NOON)
    assert len(uow.state.users) == len(ROLES)
    assert len(uow.facts) == 2 * len(ROLES)


async def test_a_second_start_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        async with running(create_app, Settings, database_url, secrets=SECRETS, demo=True) as run:
            for email in ROLES:
                facts = await facts_about(run, await user_id_of(run, email))
                assert [fact for fact in facts if fact != "signed-in"] == ["user-created", "email-verified"]
