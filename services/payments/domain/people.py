"""People whose address is verified: only they may buy."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.errors import Forbidden
from shared.uow import UnitOfWork


class EmailNotVerified(Forbidden):
    """Only somebody whose e-mail address is verified may buy."""

    slug = "email-not-verified"

    def __init__(self) -> None:
        super().__init__(
            "Verify your e-mail address first: follow the link in the mail we sent you, then try again.", retry_after=1
        )


class VerifiedPeople(Protocol):
    async def add(self, user_id: UUID, *, at: datetime) -> None: ...

    async def has(self, user_id: UUID) -> bool: ...


class Uow(UnitOfWork, Protocol):
    people: VerifiedPeople


async def note_verified(uow: Uow, *, user_id: UUID, at: datetime) -> None:
    """Remember that the person's address is verified, however often it is said."""
    async with uow:
        await uow.people.add(user_id, at=at)
