"""The feed: what happened to whom, told from the events of all services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from services.activity.domain.wording import word
from shared.events.auth import ProfileUpdated, UserCreated, UserErased
from shared.events.event import Event
from shared.uow import UnitOfWork


@dataclass(kw_only=True, eq=False)
class FeedEntry:
    """One event as the feed keeps it: `id` is the event's, `params` are ids and titles, never personal data."""

    id: UUID
    user_id: UUID | None
    verb: str
    params: dict[str, Any]
    visible: bool
    at: datetime
    source: str
    position: int


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place in a feed: just after this entry."""

    at: datetime
    id: UUID


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """A visible entry as it is read."""

    id: UUID
    verb: str
    text: str
    at: datetime
    params: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Which event an entry tells of."""

    id: UUID
    source: str
    position: int
    at: datetime


class Entries(Protocol):
    async def add(self, entry: FeedEntry) -> None:
        """Keep an entry; one that is there already stays as it is."""
        ...


class People(Protocol):
    async def remember(self, user_id: UUID, *, name: str) -> None:
        """What the person is called from now on."""
        ...

    async def forget(self, user_id: UUID) -> None:
        """The person's name is kept no longer; forgetting nobody is fine."""
        ...


class Uow(UnitOfWork, Protocol):
    entries: Entries
    people: People


async def record_event(uow: Uow, event: Event, *, origin: Origin) -> None:
    """Enter `event` into the feed, whatever it is, and keep the projection of names up to date."""
    worded = word(event)
    user_id = getattr(event, "user_id", None)
    async with uow:
        await uow.entries.add(
            FeedEntry(
                id=origin.id,
                user_id=user_id,
                verb=worded.verb,
                params=worded.params,
                visible=worded.visible and user_id is not None,
                at=origin.at,
                source=origin.source,
                position=origin.position,
            )
        )
        if isinstance(event, UserCreated | ProfileUpdated):
            await uow.people.remember(event.user_id, name=event.name)
        elif isinstance(event, UserErased):
            await uow.people.forget(event.user_id)
