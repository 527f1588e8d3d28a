"""One's own messages: that they were sent, never what they said."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.notifications.api.deps import Needs
from shared.errors import Unauthenticated
from shared.http import problems
from shared.http.access import Caller

router = APIRouter(tags=["messages"])


class MessageShown(BaseModel):
    """A message to the caller. `sent_at` is when the mail server took it."""

    id: UUID
    template: str = Field(examples=["welcome"])
    state: Literal["pending", "sent", "skipped", "failed"]
    created_at: datetime
    sent_at: datetime | None


class MessagesShown(BaseModel):
    """The newest messages, newest first. `next` is null: older ones are not shown."""

    items: list[MessageShown]
    next: None = None


@router.get("/messages", response_model=MessagesShown, responses=problems.responses(Unauthenticated))
async def own_messages(caller: Caller, needs: Needs, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> Response:
    """The messages to the caller, newest first."""
    items = await needs.messages.messages_of(caller.user_id, limit=limit)
    return Response(msgspec.json.encode({"items": items, "next": None}), media_type="application/json")
