"""People: how they come, and that mail reaches them."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from services.auth.domain.passwords import PasswordHasher, PasswordRules
from shared.errors import Conflict, Stale, TooManyRequests, Unauthenticated
from shared.events.auth import (
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    ProfileUpdated,
    RegistrationRepeated,
    RoleChanged,
    UserCreated,
    UserReinstated,
    UserSuspended,
    VerificationRequested,
)
from shared.uow import UnitOfWork

MAIL_PAUSE = timedelta(minutes=1)  # between two mails of a kind that somebody asks for
RESET_PAUSE = timedelta(minutes=10)  # anybody may ask: six mails an hour are enough of a nuisance
# However often a stranger registers somebody's address, its owner gets one mail about it an hour.
REPEATED_REGISTRATION_PAUSE = timedelta(hours=1)

Role = Literal["author", "admin"]


class AlreadyVerified(Conflict):
    """The address is verified: there is nothing to mail."""

    slug = "already-verified"

    def __init__(self) -> None:
        super().__init__("Your address is verified already.")


class TooSoon(TooManyRequests):
    """The last mail of this kind left a moment ago."""

    slug = "mailed-a-moment-ago"

    def __init__(self, wait: timedelta) -> None:
        super().__init__(
            "We have just written to you. Look into your mailbox, spam included, before you ask again.",
            retry_after=max(1, math.ceil(wait.total_seconds())),
        )


class UserGone(Unauthenticated):
    """The account behind a valid access token is no more."""

    slug = "user-gone"

    def __init__(self) -> None:
        super().__init__("This account no longer exists. Register again to use CodeZest.")


@dataclass(kw_only=True, eq=False)
class User:
    """A person with an account. `email` is ASCII, as mail servers know it; letter case does not tell addresses apart.

    `version` moves with everything that they are shown of themselves.
    """

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
        self.version += 1
        return EmailVerified(user_id=self.id)

    def repeat_registration(self, *, at: datetime) -> RegistrationRepeated | None:
        """Note that somebody registered this address again; None when the owner was told within the hour."""
        last = self.registration_repeated_at
        if last is not None and at - last < REPEATED_REGISTRATION_PAUSE:
            return None
        self.registration_repeated_at = at
        return RegistrationRepeated(user_id=self.id)

    def edit(self, edit: "ProfileEdit", *, version: int) -> ProfileUpdated | None:
        """Change what `edit` names; None when all is so already. Stale unless `version` is the present one."""
        if version != self.version:
            raise Stale
        wanted = {name: value for name, value in vars(edit).items() if value is not None}
        if all(getattr(self, name) == value for name, value in wanted.items()):
            return None
        for name, value in wanted.items():
            setattr(self, name, value)
        self.version += 1
        return ProfileUpdated(user_id=self.id, name=self.name, locale=self.locale, timezone=self.timezone)

    def ask_for_verification(self, *, at: datetime) -> VerificationRequested:
        """Note that they want the mail again. AlreadyVerified; TooSoon within a minute of the last time."""
        if self.email_verified_at is not None:
            raise AlreadyVerified
        if self.verification_sent_at is not None and at - self.verification_sent_at < MAIL_PAUSE:
            raise TooSoon(MAIL_PAUSE - (at - self.verification_sent_at))
        self.verification_sent_at = at
        return VerificationRequested(user_id=self.id)

    def ask_for_reset(self, *, at: datetime) -> PasswordResetRequested | None:
        """Note that somebody wants a new password for this account; None when its owner was mailed within ten minutes."""
        last = self.reset_requested_at
        if last is not None and at - last < RESET_PAUSE and self.awaits_reset():
            return None
        self.reset_requested_at = at
        return PasswordResetRequested(user_id=self.id)

    def awaits_reset(self) -> bool:
        """Whether somebody asked for a new password and none was set since."""
        asked, changed = self.reset_requested_at, self.password_changed_at
        return asked is not None and (changed is None or asked > changed)

    def change_password(self, password_hash: str, how: Literal["changed", "reset"], *, at: datetime) -> PasswordChanged:
        """Let another password open the account. Their sessions are ended by who calls this."""
        self.password_hash = password_hash
        self.password_changed_at = at
        return PasswordChanged(user_id=self.id, how=how)

    def change_roles(self, roles: Collection[Role]) -> RoleChanged | None:
        """Let them have these roles and no others; None when they are what they were."""
        wanted = sorted(set(roles))
        if wanted == sorted(self.roles):
            return None
        self.roles = list(wanted)
        self.version += 1
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
class ProfileEdit:
    """What somebody wants to be called, read and be told the time in from now on; None leaves it as it is."""

    name: str | None = field(default=None, repr=False)
    locale: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What people see of their own account; `version` is what an edit of it is meant for."""

    id: UUID
    email: str
    name: str
    locale: str
    timezone: str
    roles: list[str]
    email_verified: bool
    created_at: datetime
    version: int


class Profiles(Protocol):
    async def profile(self, user_id: UUID) -> Profile:
        """A person's own account. UserGone if there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Admission:
    """How a password becomes part of an account: the rules it must pass and what hashes it."""

    rules: PasswordRules
    hasher: PasswordHasher


async def prepared(registration: Registration, *, admission: Admission, user_id: UUID, at: datetime) -> User:
    """Somebody who is not kept yet. PasswordRefused for a bad password, Unavailable when too many are waiting.

    What takes long is done here, before anybody knows whether the address is known, and outside any transaction.
    """
    admission.rules.check(registration.password, email=registration.email)
    return User(
        id=user_id,
        email=registration.email,
        password_hash=await admission.hasher.hash(registration.password),
        name=registration.name,
        locale=registration.locale,
        timezone=registration.timezone,
        created_at=at,
    )


async def keep_or_tell(uow: Uow, user: User, *, at: datetime) -> None:
    """Keep a new user, or tell the owner of the address that somebody tried. Who calls learns nothing either way."""
    async with uow:
        if await uow.users.add(user):
            uow.act_as(user.id)
            uow.emit(user.created())
            return
        # Who knows who this is? Not the owner of the address, as far as anybody can tell: nobody acts.
        known = await uow.users.by_email_locked(user.email)
        if known and (repeated := known.repeat_registration(at=at)):
            uow.emit(repeated)
