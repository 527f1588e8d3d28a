from datetime import datetime
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.passwords import PasswordRefused
from services.auth.domain.users import Admission, Registration, keep_or_tell, prepared
from shared.errors import Unavailable
from shared.events.auth import RegistrationRepeated, UserCreated
from tests.auth.fakes import NOON, FakeHasher, FakeUow, ada, admission, later, registration


async def register_user(
    uow: FakeUow, registration: Registration, *, admission: Admission, user_id: UUID, at: datetime
) -> None:
    """As the route does it."""
    await keep_or_tell(uow, await prepared(registration, admission=admission, user_id=user_id, at=at), at=at)


async def test_an_unknown_address_becomes_an_account_and_a_fact() -> None:
    uow, user_id = FakeUow(), uuid7()
    await register_user(uow, registration(), admission=admission(), user_id=user_id, at=NOON)
    assert uow.state.users[user_id].email == "ada@example.com"
    assert uow.state.users[user_id].email_verified_at is None
    assert uow.facts == [UserCreated(user_id=user_id, name="Ada", locale="en", timezone="UTC")]


async def test_a_known_address_stays_as_it_is_and_its_owner_is_told() -> None:
    uow, known = FakeUow(), ada(name="The first Ada")
    uow.state.users[known.id] = known
    await register_user(uow, registration("ADA@example.com"), admission=admission(), user_id=uuid7(), at=NOON)
    assert list(uow.state.users) == [known.id]
    assert known.name == "The first Ada"
    assert uow.facts == [RegistrationRepeated(user_id=known.id)]


async def test_the_owner_of_an_address_is_told_once_an_hour() -> None:
    uow, known = FakeUow(), ada()
    uow.state.users[known.id] = known
    for at in (NOON, later(minutes=59), later(minutes=60)):
        await register_user(uow, registration(), admission=admission(), user_id=uuid7(), at=at)
    assert uow.facts == [RegistrationRepeated(user_id=known.id)] * 2


async def test_the_password_is_hashed_for_a_known_address_too() -> None:
    class Counting(FakeHasher):
        hashed = 0

        async def hash(self, password: str) -> str:
            self.hashed += 1
            return await super().hash(password)

    uow, hasher = FakeUow(), Counting()
    for _ in range(2):
        await register_user(uow, registration(), admission=admission(hasher), user_id=uuid7(), at=NOON)
    assert hasher.hashed == 2


async def test_a_refused_password_makes_no_account() -> None:
    uow = FakeUow()
    with pytest.raises(PasswordRefused):
        await register_user(
            uow, registration(password="aaaaaaaaaaaaaaaa"), admission=admission(), user_id=uuid7(), at=NOON
        )
    assert not uow.state.users
    assert not uow.facts


async def test_nothing_is_kept_when_too_many_passwords_wait() -> None:
    uow = FakeUow()
    with pytest.raises(Unavailable):
        await register_user(uow, registration(), admission=admission(FakeHasher(busy=True)), user_id=uuid7(), at=NOON)
    assert not uow.state.users
