"""What the routes of this service need."""

from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from services.activity.domain.feed import FeedItem, Mark
from shared.http.cursors import CursorOf


class FeedReading(Protocol):
    async def feed_of(self, user_id: UUID, *, after: Mark | None, limit: int) -> list[FeedItem]:
        """Up to `limit` visible entries of a person, newest first, those behind `after` if it is given."""
        ...


@dataclass(frozen=True, kw_only=True)
class Deps:
    feed: FeedReading
    cursors: CursorOf[Mark]


async def deps(request: Request) -> Deps:
    """The dependencies that main made."""
    made: Deps = request.app.state.deps
    return made


Needs = Annotated[Deps, Depends(deps)]
