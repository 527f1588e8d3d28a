"""One's own messages: that they were sent, never what they said."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.notifications.api.deps import Needs
from services.notifications.domain.messages import Place
from shared.errors import Unauthenticated
from shared.http import problems
from shared.http.access import Caller
from shared.http.answers import page
from shared.http.cursors import After

router = APIRouter(tags=["messages"])


class MessageShown(BaseModel):
    """A message to the caller. `sent_at` is when the mail server took it."""

    id: UUID
    template: str = Field(examples=["welcome"])
    state: Literal["pending", "sent", "skipped", "failed"]
    created_at: datetime
    sent_at: datetime | None


class MessagesShown(BaseModel):
    """A page of the messages, newest first. `next` is the `after` of the following page, null on the last one."""

    items: list[MessageShown]
    next: str | None


@router.get("/messages", response_model=MessagesShown, responses=problems.responses(Unauthenticated))
async def own_messages(
    caller: Caller, needs: Needs, limit: Annotated[int, Query(ge=1, le=100)] = 50, after: After = None
) -> Response:
    """The messages to the caller, newest first."""
    place = needs.cursors.open(after, caller.user_id)
    # One more than asked for tells whether there is a next page.
    found = await needs.messages.messages_of(caller.user_id, after=place, limit=limit + 1)
    items, more = needs.cursors.cut(
        found, limit, lambda item: Place(created_at=item.created_at, id=item.id), caller.user_id
    )
    return page(items, next=more)
