"""What the routes and handlers of this service need."""

from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from services.notifications.domain.messages import MessageSummary, Place
from shared.http.cursors import CursorOf


class MessageReading(Protocol):
    async def messages_of(self, user_id: UUID, *, after: Place | None, limit: int) -> list[MessageSummary]:
        """Up to `limit` messages to a person, newest first, those behind `after` if it is given."""
        ...


@dataclass(frozen=True, kw_only=True)
class Deps:
    messages: MessageReading
    cursors: CursorOf[Place]


async def deps(request: Request) -> Deps:
    """The dependencies that main made."""
    made: Deps = request.app.state.deps
    return made


Needs = Annotated[Deps, Depends(deps)]
