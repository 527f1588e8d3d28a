"""What is done to accounts and keys by people who may: on record for ever."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

Action = Literal["roles-changed", "suspended", "reinstated", "signing-keys-rotated"]


@dataclass(kw_only=True, eq=False)
class AuditEntry:
    """Something that was done to an account, for ever. `seq` orders them; the database gives it."""

    at: datetime
    actor: UUID | None
    action: Action
    user_id: UUID
    reason: str | None = field(repr=False)
    details: dict[str, Any]
    seq: int | None = None


class AuditTrail(Protocol):
    def add(self, entry: AuditEntry) -> None:
        """Write it down."""
        ...
