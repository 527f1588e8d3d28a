"""Facts the auth service states."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.events.event import Event, Personal


class UserCreated(Event, type="auth.user-created.v1", key="user_id"):
    """Somebody registered. The address is not here: who must write to them asks auth for it."""

    user_id: UUID
    name: Annotated[str, Personal] = Field(examples=["Ada Lovelace"])
    locale: str = Field(examples=["en"])
    timezone: str = Field(examples=["Europe/London"])


class EmailVerified(Event, type="auth.email-verified.v1", key="user_id"):
    """The person has shown that mail to their address reaches them."""

    user_id: UUID


class RegistrationRepeated(Event, type="auth.registration-repeated.v1", key="user_id"):
    """Somebody tried to register with the address of an existing account; its owner is told by mail."""

    user_id: UUID


class UserErased(Event, type="auth.user-erased.v1", key="user_id"):
    """The person is gone: everything that names them is to be forgotten."""

    user_id: UUID
