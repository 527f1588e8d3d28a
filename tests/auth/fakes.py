"""Stand-ins for what is outside the domain of auth. The contract test of this folder holds them to the real ones."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from uuid_utils.compat import uuid7

from services.auth.domain.audit import AuditEntry, AuditTrail
from services.auth.domain.derivation import DerivationKey
from services.auth.domain.door import Account, Sight
from services.auth.domain.failures import MOST_DEVICES, AllFailures, Failures, KnownDevices
from services.auth.domain.links import OneTimeToken, OneTimeTokens, Purpose
from services.auth.domain.passwords import PasswordRules
from services.auth.domain.sessions import Client, Session, Sessions
from services.auth.domain.sign_in import Gate
from services.auth.domain.signing_keys import SigningKey, SigningKeys
from services.auth.domain.users import Admission, Registration, User, Users
from shared.errors import Unavailable
from shared.events.auth import SignedIn
from shared.events.event import Event

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = DerivationKey(b"k" * 32)
GOOD_PASSWORD = "seven quiet lanterns adrift"


@dataclass
class State:
    """What a database would hold."""

    users: dict[UUID, User] = field(default_factory=dict)
    sessions: dict[UUID, Session] = field(default_factory=dict)
    failures: dict[bytes, Failures] = field(default_factory=dict)
    devices: dict[bytes, tuple[UUID, datetime, Client]] = field(default_factory=dict)
    tokens: dict[bytes, OneTimeToken] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    signing_keys: dict[str, SigningKey] = field(default_factory=dict)

    def copy(self) -> "State":
        return State(
            users={key: replace(user) for key, user in self.users.items()},
            sessions={key: replace(session) for key, session in self.sessions.items()},
            failures={key: replace(failures) for key, failures in self.failures.items()},
            devices=dict(self.devices),
            tokens={key: replace(token) for key, token in self.tokens.items()},
            audit=list(self.audit),
            signing_keys={kid: replace(key) for kid, key in self.signing_keys.items()},
        )


class FakeUsers:
    def __init__(self, state: State) -> None:
        self._users = state.users

    async def add(self, user: User) -> bool:
        if await self.by_email(user.email):
            return False
        self._users[user.id] = user
        return True

    async def by_email(self, email: str) -> User | None:
        return next((user for user in self._users.values() if user.email.lower() == email.lower()), None)

    async def by_email_locked(self, email: str) -> User | None:
        return await self.by_email(email)

    async def get(self, user_id: UUID) -> User | None:
        return self._users.get(user_id)

    async def get_locked(self, user_id: UUID) -> User | None:
        return self._users.get(user_id)

    async def admins_locked(self) -> list[User]:
        admins = [user for user in self._users.values() if "admin" in user.roles and user.suspended_at is None]
        return sorted(admins, key=lambda user: user.id)


class FakeSessions:
    def __init__(self, state: State) -> None:
        self._sessions = state.sessions

    def add(self, session: Session) -> None:
        self._sessions[session.id] = session

    async def get_locked(self, session_id: UUID) -> Session | None:
        return self._sessions.get(session_id)

    async def open_of(self, user_id: UUID) -> list[Session]:
        return [
            session
            for session in sorted(self._sessions.values(), key=lambda session: session.id)
            if session.user_id == user_id and session.ended_at is None
        ]

    async def forget_expired(self, at: datetime) -> None:
        for session in list(self._sessions.values()):
            if session.expires_at < at:
                del self._sessions[session.id]


class FakeFailures:
    def __init__(self, state: State) -> None:
        self._failures = state.failures

    async def locked(self, address: bytes, *, at: datetime) -> Failures:
        return self._failures.setdefault(address, Failures(address=address, failed_at=[], last_at=at))

    async def forgive(self, address: bytes) -> None:
        self._failures.pop(address, None)

    async def forget_before(self, at: datetime) -> None:
        for failures in list(self._failures.values()):
            if failures.last_at < at:
                del self._failures[failures.address]


class FakeKnownDevices:
    def __init__(self, state: State) -> None:
        self._devices = state.devices

    async def remember(self, digest: bytes, user_id: UUID, *, client: Client, at: datetime) -> None:
        self._devices[digest] = (user_id, at, client)
        newest = sorted(self._of(user_id, client), key=lambda digest: self._devices[digest][1], reverse=True)
        for old in newest[MOST_DEVICES:]:
            del self._devices[old]

    async def forget_before(self, at: datetime) -> None:
        for digest, (_, used_at, _) in list(self._devices.items()):
            if used_at < at:
                del self._devices[digest]

    def _of(self, user_id: UUID, client: Client) -> list[bytes]:
        return [digest for digest, (owner, _, kind) in self._devices.items() if (owner, kind) == (user_id, client)]


class FakeOneTimeTokens:
    def __init__(self, state: State) -> None:
        self._tokens = state.tokens

    async def keep(self, token: OneTimeToken) -> None:
        known = self._tokens.setdefault(token.hash, token)
        if known.used_at is None:
            known.expires_at = token.expires_at

    async def get_locked(self, digest: bytes, *, purpose: Purpose) -> OneTimeToken | None:
        found = self._tokens.get(digest)
        return found if found and found.purpose == purpose else None

    async def spend_all(self, user_id: UUID, *, purpose: Purpose, at: datetime) -> None:
        for token in self._tokens.values():
            if (token.user_id, token.purpose, token.used_at) == (user_id, purpose, None):
                token.used_at = at

    async def forget_expired(self, at: datetime) -> None:
        for token in list(self._tokens.values()):
            if token.expires_at < at:
                del self._tokens[token.hash]


class FakeAuditTrail:
    def __init__(self, state: State) -> None:
        self._entries = state.audit

    def add(self, entry: AuditEntry) -> None:
        self._entries.append(entry)


class FakeSigningKeys:
    def __init__(self, state: State) -> None:
        self._keys = state.signing_keys

    async def all_locked(self) -> list[SigningKey]:
        return list(self._keys.values())

    def add(self, key: SigningKey) -> None:
        self._keys[key.kid] = key

    async def remove(self, key: SigningKey) -> None:
        del self._keys[key.kid]


class FakeSeal:
    """Numbers its keys. It opens what it made, and nothing of another one."""

    def __init__(self, name: str = "key") -> None:
        self._name, self._made = name, 0

    def make(self) -> tuple[str, bytes]:
        self._made += 1
        return f"{self._name}-{self._made}", self._name.encode()

    def opens(self, key: SigningKey) -> bool:
        return key.sealed == self._name.encode()


class FakeUow:
    """A unit of work over dictionaries: what fails inside its block leaves nothing behind, neither rows nor facts."""

    users: Users
    sessions: Sessions
    failures: AllFailures
    devices: KnownDevices
    one_time_tokens: OneTimeTokens
    audit: AuditTrail
    signing_keys: SigningKeys

    def __init__(self) -> None:
        self.state = State()
        self.facts: list[Event] = []
        self.actor: UUID | None = None
        self._emitted: list[Event] | None = None
        self._before = State()

    async def __aenter__(self) -> Self:
        assert self._emitted is None, "opened twice"
        self._emitted, self._before = [], self.state.copy()
        self._bind()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._emitted is not None, "not open"
        if kind is None:
            self.facts += self._emitted
        else:
            self.state = self._before
        self._emitted = None

    def emit(self, event: Event) -> None:
        assert self._emitted is not None, "not open"
        self._emitted.append(event)

    def act_as(self, user_id: UUID) -> None:
        self.actor = user_id

    def _bind(self) -> None:
        self.users = FakeUsers(self.state)
        self.sessions = FakeSessions(self.state)
        self.failures = FakeFailures(self.state)
        self.devices = FakeKnownDevices(self.state)
        self.one_time_tokens = FakeOneTimeTokens(self.state)
        self.audit = FakeAuditTrail(self.state)
        self.signing_keys = FakeSigningKeys(self.state)


class FakeDoor:
    """The door to what a FakeUow keeps."""

    def __init__(self, uow: FakeUow) -> None:
        self._uow = uow

    async def knock(
        self, email: str, *, device: bytes | None, known: bytes, strange: bytes, network: bytes | None, at: datetime
    ) -> Sight:
        user = await FakeUsers(self._uow.state).by_email(email)
        owner, used_at, _ = self._uow.state.devices.get(device or b"", (None, None, None))
        seen = used_at if user and owner == user.id else None
        kept = self._uow.state.failures
        failures = {address: replace(kept[address]) for address in (known, strange, network) if address in kept}
        if not failures:
            own = known if seen else strange
            kept[own] = Failures.first(own, at=at)
        return Sight(
            account=Account(id=user.id, password_hash=user.password_hash) if user else None,
            device_used_at=seen,
            failures=failures,
            counted=not failures,
        )

    async def count(self, failures: Failures, *, before: list[datetime]) -> bool:
        kept = self._uow.state.failures.get(failures.address)
        if (kept.failed_at if kept else []) != before:
            return False
        self._uow.state.failures[failures.address] = replace(failures)
        return True

    async def open(
        self, session: Session, fact: SignedIn, *, password_hash: str, forgiven: bytes
    ) -> frozenset[str] | None:
        user = self._uow.state.users.get(session.user_id)
        if user is None or user.password_hash != password_hash or user.suspended_at:
            return None
        async with self._uow as uow:
            uow.sessions.add(session)
            await uow.failures.forgive(forgiven)
            uow.act_as(session.user_id)
            uow.emit(fact)
        return frozenset(user.roles)


def gate_of(uow: FakeUow, hasher: "FakeHasher | None" = None, **changes: Any) -> Gate:
    """The gate before what `uow` keeps."""
    return Gate(hasher=hasher or FakeHasher(), door=FakeDoor(uow), key=KEY, **changes)


@dataclass
class FakeHasher:
    """Passwords in the clear, but shaped like hashes; `checked` is what it was asked."""

    busy: bool = False
    checked: list[str | None] = field(default_factory=list)
    outdated: bool = False

    def is_outdated(self, stored: str) -> bool:
        return self.outdated

    async def hash(self, password: str) -> str:
        if self.busy:
            raise Unavailable("busy", retry_after=1)
        return f"$argon2id${password}"

    async def verify(self, stored: str | None, password: str) -> bool:
        if self.busy:
            raise Unavailable("busy", retry_after=1)
        self.checked.append(stored)
        return stored == f"$argon2id${password}"


def ada(**changes: Any) -> User:
    values: dict[str, Any] = {
        "id": uuid7(),
        "email": "ada@example.com",
        "password_hash": f"$argon2id${GOOD_PASSWORD}",
        "name": "Ada",
        "locale": "en",
        "timezone": "UTC",
        "created_at": NOON,
    }
    return User(**values | changes)


def registration(email: str = "ada@example.com", password: str = GOOD_PASSWORD) -> Registration:
    return Registration(email=email, password=password, name="Ada", locale="en", timezone="UTC")


def admission(hasher: FakeHasher | None = None) -> Admission:
    return Admission(rules=PasswordRules(["correct horse battery staple"]), hasher=hasher or FakeHasher())


def later(**by: float) -> datetime:
    """Noon, and then some: `later(minutes=5)`."""
    return NOON + timedelta(**by)
