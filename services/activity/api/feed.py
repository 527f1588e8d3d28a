"""The feed of one person, newest first."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.activity.api.deps import Needs
from services.activity.domain.feed import Mark
from shared.errors import Forbidden, Unauthenticated
from shared.http import problems
from shared.http.access import Principal, owner
from shared.http.answers import page
from shared.http.cursors import After, CursorInvalid

router = APIRouter(tags=["feed"])

FeedOwner = Annotated[Principal, Depends(owner(others="refused", admins=True))]


class EntryShown(BaseModel):
    """Something the person did. `text` is for people; `verb` and `params` are for programs and never change."""

    id: UUID
    verb: str = Field(examples=["upgraded"])
    text: str = Field(examples=["Upgraded to Pro"])
    at: datetime
    params: dict[str, Any] = Field(examples=[{"previous": "free", "tier": "pro"}])


class FeedShown(BaseModel):
    """A page of the feed. `next` is the `after` of the following page, null on the last one."""

    items: list[EntryShown]
    next: str | None


@router.get("/feed", response_model=FeedShown, responses=problems.responses(Unauthenticated, Forbidden, CursorInvalid))
async def feed(
    caller: FeedOwner,
    needs: Needs,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: After = None,
    user_id: Annotated[UUID | None, Query(description="Whose feed; only admins may ask for somebody else's")] = None,
) -> Response:
    """One's own feed, newest first; an admin may read anybody's."""
    whose = user_id or caller.user_id
    if whose != caller.user_id and not caller.has_role("admin"):
        raise Forbidden("Only admins may read somebody else's feed. Leave `user_id` out to read your own.")
    mark = needs.cursors.open(after, whose)
    # One more than asked for tells whether there is a next page.
    found = await needs.feed.feed_of(whose, after=mark, limit=limit + 1)
    items, more = needs.cursors.cut(found, limit, lambda item: Mark(at=item.at, id=item.id), whose)
    return page(items, next=more)
