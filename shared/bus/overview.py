"""What is shown of a bus: positions, counts and reasons, never what an event holds."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

ParkedState = Literal["retrying", "waiting", "dead"]


class Shown(BaseModel):
    """Rows have columns that are not shown."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class HeadShown(Shown):
    """The end of the service's own log. `epoch` names its database's past, which began for us at `epoch_start`."""

    position: int = Field(examples=[1840])
    epoch: str = Field(examples=["7467130948240983041-00000001"])
    epoch_start: int = Field(examples=[0])


class OutboxShown(Shown):
    """Events that have no position yet: `rows` is 0 and `oldest_seconds` null nearly always."""

    rows: int = Field(examples=[0])
    oldest_seconds: float | None = Field(examples=[None])


class CursorShown(Shown):
    """How far a consumer has come in a source's log. A backfill's consumer is `<service>/<fact>`, as auth.user-created.

    `source_head` is the last position this replica has seen of the source, null before it has seen any. A lane that has
    `stopped` waits for a person: the service's log says why.
    """

    consumer: str = Field(examples=["activity"])
    source: str = Field(examples=["auth"])
    position: int = Field(examples=[1838])
    types: list[str] = Field(examples=[["auth.user-created.v1", "auth.email-verified.v1"]])
    version: int = Field(examples=[1203])
    epoch: str | None = Field(examples=["7467130948240983041-00000001"])
    source_head: int | None = Field(examples=[1840])
    tries: int = Field(examples=[0])
    stopped: bool = Field(examples=[False])

    @property
    def lag(self) -> int | None:
        """Events behind the source; None while its head is not known."""
        return None if self.source_head is None else self.source_head - self.position


class ParkedCount(Shown):
    """How many events of a source are parked in one state."""

    consumer: str = Field(examples=["activity"])
    source: str = Field(examples=["auth"])
    state: ParkedState
    events: int = Field(examples=[3])


class BusOverview(Shown):
    """Where one service's bus stands."""

    service: str = Field(examples=["activity"])
    head: HeadShown
    outbox: OutboxShown
    cursors: list[CursorShown]
    parked: list[ParkedCount]
    skipped: int = Field(examples=[1], description="Events that were skipped, ever")


class ParkedShown(Shown):
    """An event that failed or waits. `behind` counts the parked events of its key that go before it."""

    id: str = Field(examples=["activity/auth/1839"])
    type: str = Field(examples=["auth.user-created.v1"])
    key: str = Field(examples=["0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"])
    state: ParkedState
    tries: int = Field(examples=[8])
    next_try_at: datetime
    reason: str = Field(examples=["TypeError: unsupported operand"])
    behind: int = Field(examples=[0])


class ParkedPage(Shown):
    """Parked events by consumer, source and position. `next` is the `after` of the following page, null on the last."""

    items: list[ParkedShown]
    next: str | None = Field(examples=[None])


class SkippedShown(Shown):
    """An event that a person took out of the parked ones: with what it was parked, who skipped it, why and when."""

    id: str = Field(examples=["activity/auth/1839"])
    type: str = Field(examples=["auth.user-created.v1"])
    key: str = Field(examples=["0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"])
    state: ParkedState
    tries: int = Field(examples=[8])
    reason: str = Field(examples=["TypeError: unsupported operand"])
    skipped_by: UUID
    why: str = Field(examples=["a test account, gone since"])
    skipped_at: datetime


class SkippedPage(Shown):
    """Skipped events, newest first. `next` is the `after` of the following page, null on the last."""

    items: list[SkippedShown]
    next: str | None = Field(examples=[None])


class Redriven(Shown):
    """The events of a key that are tried again, `first` before the others."""

    first: str = Field(examples=["activity/auth/1839"])
    key: str = Field(examples=["0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"])
    events: int = Field(examples=[3])
