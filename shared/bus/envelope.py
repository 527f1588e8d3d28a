"""An event on its way between services: the stored fact plus where it stands in its source's log."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

FROM_ROW = ("id", "type", "position", "key", "actor", "cause", "traceparent")


class Envelope(BaseModel):
    """One row of a source's log. `position` counts from 1 without gaps within `epoch`; `traceparent` is W3C's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    type: str = Field(max_length=200)
    source: str = Field(max_length=63)
    position: int = Field(ge=1)
    epoch: str = Field(max_length=100)
    key: str = Field(max_length=200)
    actor: UUID | None = None
    cause: UUID | None = None
    time: datetime
    traceparent: str | None = Field(default=None, max_length=100)
    data: dict[str, Any] = Field(repr=False)  # may be personal; a log line must not show it

    def as_cloudevent(self) -> dict[str, Any]:
        """The CloudEvents 1.0 form. Dapr keeps our own top-level attributes only in this form, and the trace only if
        `traceid` equals `traceparent` (docs/architecture.md, "What the sidecar does to an event").
        """
        attributes = self.model_dump(mode="json", exclude_none=True)
        trace = {"traceid": self.traceparent} if self.traceparent else {}
        return {"specversion": "1.0", "datacontenttype": "application/json", **trace, **attributes}

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, source: str, epoch: str) -> Self:
        """The envelope of a row of `log`; its `data` may still be JSON."""
        data = row["data"]
        facts = {name: row[name] for name in FROM_ROW}
        return cls(
            **facts,
            source=source,
            epoch=epoch,
            time=row["at"],
            data=json.loads(data) if isinstance(data, str) else data,
        )


class LogPage(BaseModel):
    """A stretch of a source's log, oldest first. `head` is the last position there is, `epoch_start` the head that the
    present epoch began with.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    epoch: str
    epoch_start: int
    head: int
    events: list[Envelope]

    @model_validator(mode="after")
    def _is_one_stretch(self) -> Self:
        first = self.events[0].position if self.events else 0
        for offset, event in enumerate(self.events):
            if (event.source, event.epoch, event.position) != (self.source, self.epoch, first + offset):
                raise ValueError(f"{event.source}/{event.position} of {event.epoch} does not follow what is before it")
        return self
