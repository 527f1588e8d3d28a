"""What the routes and handlers of this service need."""

from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from services.notifications.domain.messages import MessageSummary


class MessageReading(Protocol):
    async def messages_of(self, user_id: UUID, *, limit: int) -> list[MessageSummary]:
        """The newest `limit` messages to a person, newest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class Deps:
    messages: MessageReading


def deps(request: Request) -> Deps:
    """The dependencies that main made."""
    made: Deps = request.app.state.deps
    return made


Needs = Annotated[Deps, Depends(deps)]
