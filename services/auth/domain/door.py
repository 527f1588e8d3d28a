"""The door of the platform: what every sign-in reads and writes. Each call is one statement, a transaction by itself."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.domain.failures import Failures
from services.auth.domain.sessions import Session
from shared.events.auth import SignedIn


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a sign-in sees of an account."""

    id: UUID
    password_hash: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Who is at the door: whose the address is, when it was used from this device (None: never), and who failed how often.

    `counted` says that nobody had, and that this try is counted now.
    """

    account: Account | None
    device_used_at: datetime | None
    failures: dict[bytes, Failures] = field(repr=False)
    counted: bool = False


class Door(Protocol):
    async def knock(
        self, email: str, *, device: bytes | None, known: bytes, strange: bytes, network: bytes | None, at: datetime
    ) -> Sight:
        """What there is of an address, of a device's digest, and of failures under three digests. No less without an account.

        When there are no failures, a first one is counted: under `known` if the account knows the device, else `strange`.
        """
        ...

    async def count(self, failures: Failures, *, before: list[datetime]) -> bool:
        """Keep these failures. False, and nothing is kept, when they are not what they were `before`: knock again."""
        ...

    async def open(
        self, session: Session, fact: SignedIn, *, password_hash: str, forgiven: bytes
    ) -> frozenset[str] | None:
        """Keep the session, forgive the failures of a digest and state the fact; the roles that the person has.

        None, and nothing is done, when the account has another password by now, is suspended or gone.
        """
        ...
