"""People: how they come, and that mail reaches them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from services.auth.domain.passwords import PasswordHasher, PasswordRules
from shared.errors import Unauthenticated
from shared.events.auth import (
    EmailVerified,
    RegistrationRepeated,
    RoleChanged,
    UserCreated,
    UserReinstated,
    UserSuspended,
)
from shared.uow import UnitOfWork

# However often a stranger registers somebody's address, its owner gets one mail about it an hour.
REPEATED_REGISTRATION_PAUSE = timedelta(hours=1)

Role = Literal["author", "admin"]


class UserGone(Unauthenticated):
    """The account behind a valid access token is no more."""

    slug = "user-gone"

    def __init__(self) -> None:
        super().__init__("This account no longer exists. Register again to use CodeZest.")


@dataclass(kw_only=True, eq=False)
class User:
    """A person with an account. `email` is ASCII, as mail servers know it; letter case does not tell addresses apart."""

    id: UUID
    email: str = field(repr=False)
    password_hash: str = field(repr=False)
    name: str = field(repr=False)
    locale: str
    timezone: str
    created_at: datetime
    roles: list[str] = field(default_factory=list)
    email_verified_at: datetime | None = None
    registration_repeated_at: datetime | None = None
    version: int = 1
    verification_sent_at: datetime | None = None
    reset_requested_at: datetime | None = None
    password_changed_at: datetime | None = None
    suspended_at: datetime | None = None

    def created(self) -> UserCreated:
        """The fact that this person is new."""
        return UserCreated(user_id=self.id, name=self.name, locale=self.locale, timezone=self.timezone)

    def verify_email(self, *, at: datetime) -> EmailVerified | None:
        """Note that mail reaches them; None when that was known."""
        if self.email_verified_at is not None:
            return None
        self.email_verified_at = at
        return EmailVerified(user_id=self.id)

    def repeat_registration(self, *, at: datetime) -> RegistrationRepeated | None:
        """Note that somebody registered this address again; None when the owner was told within the hour."""
        last = self.registration_repeated_at
        if last is not None and at - last < REPEATED_REGISTRATION_PAUSE:
            return None
        self.registration_repeated_at = at
        return RegistrationRepeated(user_id=self.id)

    def change_roles(self, roles: Collection[Role]) -> RoleChanged | None:
        """Let them have these roles and no others; None when they are what they were."""
        wanted = sorted(set(roles))
        if wanted == sorted(self.roles):
            return None
        self.roles = list(wanted)
        return RoleChanged(user_id=self.id, roles=self.roles)

    def suspend(self, *, at: datetime) -> UserSuspended | None:
        """Shut them out; None when they are. Their sessions are ended by who calls this."""
        if self.suspended_at is not None:
            return None
        self.suspended_at = at
        return UserSuspended(user_id=self.id)

    def reinstate(self) -> UserReinstated | None:
        """Let them in again; None when they are not suspended."""
        if self.suspended_at is None:
            return None
        self.suspended_at = None
        return UserReinstated(user_id=self.id)


class Users(Protocol):
    """The people there are."""

    async def add(self, user: User) -> bool:
        """Keep a new user. False, and nothing kept, when the address has an account."""
        ...

    async def by_email(self, email: str) -> User | None:
        """The user of an address, whatever its letter case."""
        ...

    async def by_email_locked(self, email: str) -> User | None:
        """The same, locked for this transaction."""
        ...

    async def get(self, user_id: UUID) -> User | None:
        """The user of an id."""
        ...

    async def get_locked(self, user_id: UUID) -> User | None:
        """The same, locked for this transaction."""
        ...

    async def admins_locked(self) -> list[User]:
        """Every admin who is not suspended, locked for this transaction, in the order of their ids."""
        ...


class Uow(UnitOfWork, Protocol):
    users: Users

    def act_as(self, user_id: UUID) -> None:
        """Name who does what this transaction states: most who come here are known only on the way. Else nobody does."""
        ...


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What somebody who registers says of themselves."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    name: str = field(repr=False)
    locale: str
    timezone: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What people see of their own account."""

    id: UUID
    email: str
    name: str
    locale: str
    timezone: str
    roles: list[str]
    email_verified: bool
    created_at: datetime


class Profiles(Protocol):
    async def profile(self, user_id: UUID) -> Profile:
        """A person's own account. UserGone if there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Admission:
    """How a password becomes part of an account: the rules it must pass and what hashes it."""

    rules: PasswordRules
    hasher: PasswordHasher


async def register_user(
    uow: Uow, registration: Registration, *, admission: Admission, user_id: UUID, at: datetime
) -> None:
    """Make an account under `user_id`, or tell the owner of the address that somebody tried.

    The caller learns nothing either way, not even by the time it takes. PasswordRefused for a bad password,
    Unavailable when too many are waiting.
    """
    admission.rules.check(registration.password, email=registration.email)
    user = User(
        id=user_id,
        email=registration.email,
        # Before anybody knows whether the address is known, and outside the transaction: it takes a while.
        password_hash=await admission.hasher.hash(registration.password),
        name=registration.name,
        locale=registration.locale,
        timezone=registration.timezone,
        created_at=at,
    )
    async with uow:
        if await uow.users.add(user):
            uow.act_as(user.id)
            uow.emit(user.created())
            return
        # Who knows who this is? Not the owner of the address, as far as anybody can tell: nobody acts.
        known = await uow.users.by_email_locked(registration.email)
        if known and (repeated := known.repeat_registration(at=at)):
            uow.emit(repeated)
