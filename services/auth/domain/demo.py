"""The accounts of the demonstration: one person of each kind, ready to use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.auth.domain.passwords import PasswordHasher
from services.auth.domain.users import Uow, User


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    roles: tuple[str, ...] = ()


PEOPLE = (
    Person("ada@codezest.local", "Ada"),
    Person("brian@codezest.local", "Brian", ("author",)),
    Person("grace@codezest.local", "Grace", ("admin",)),
)


async def add_demo_users(
    uow: Uow, *, password: str, hasher: PasswordHasher, new_id: Callable[[], UUID], at: datetime
) -> None:
    """Make the demonstration's accounts that are missing, with a verified address.

    Any number of times, by any number of replicas; accounts that exist stay as they are.
    """
    async with uow:
        missing = [person for person in PEOPLE if await uow.users.by_email(person.email) is None]
    users = [
        User(
            id=new_id(),
            email=person.email,
            password_hash=await hasher.hash(password),
            name=person.name,
            locale="en",
            timezone="UTC",
            roles=list(person.roles),
            created_at=at,
        )
        for person in missing
    ]
    async with uow:
        for user in users:
            verified = user.verify_email(at=at)
            if verified and await uow.users.add(user):  # another replica may have been faster
                uow.emit(user.created())
                uow.emit(verified)
