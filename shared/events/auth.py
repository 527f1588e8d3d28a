"""Facts the auth service states."""

from typing import Annotated, Literal
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


class VerificationRequested(Event, type="auth.verification-requested.v1", key="user_id"):
    """The person wants the mail with the verification link once more."""

    user_id: UUID


class PasswordResetRequested(Event, type="auth.password-reset-requested.v1", key="user_id"):
    """Somebody who knows the address wants a new password for the account; its owner is mailed a link."""

    user_id: UUID


class PasswordChanged(Event, type="auth.password-changed.v1", key="user_id"):
    """The account has another password, and every session of before has ended."""

    user_id: UUID
    how: Literal["changed", "reset"]


class ProfileUpdated(Event, type="auth.profile-updated.v1", key="user_id"):
    """The person changed what they say of themselves: all of it as it is now."""

    user_id: UUID
    name: Annotated[str, Personal] = Field(examples=["Ada King"])
    locale: str = Field(examples=["en"])
    timezone: str = Field(examples=["Europe/London"])


class RoleChanged(Event, type="auth.role-changed.v1", key="user_id"):
    """The person has these roles from now on."""

    user_id: UUID
    roles: list[str] = Field(examples=[["author"]])


class UserSuspended(Event, type="auth.user-suspended.v1", key="user_id"):
    """The person may not use the platform until reinstated; their sessions have ended."""

    user_id: UUID


class UserReinstated(Event, type="auth.user-reinstated.v1", key="user_id"):
    """The person may use the platform again."""

    user_id: UUID


class SignedIn(Event, type="auth.signed-in.v1", key="user_id", announced=False):
    """The person opened a session. Nobody waits for it: at the start of a lesson it would cost more than the passwords."""

    user_id: UUID
    session_id: UUID


class SessionRevoked(Event, type="auth.session-revoked.v1", key="user_id"):
    """A session ended before its time: its access tokens are refused everywhere from now on."""

    user_id: UUID
    session_id: UUID
    reason: Literal["signed-out", "reused", "revoked", "password-changed", "suspended"]


class UserErased(Event, type="auth.user-erased.v1", key="user_id"):
    """The person is gone: everything that names them is to be forgotten."""

    user_id: UUID
