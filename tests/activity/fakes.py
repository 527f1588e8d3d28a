"""Stand-ins for what is outside the domain of activity."""

from types import TracebackType
from typing import Self
from uuid import UUID

from services.activity.domain.feed import Entries, FeedEntry, People
from shared.events.event import Event


class FakeEntries:
    def __init__(self) -> None:
        self.rows: dict[UUID, FeedEntry] = {}

    async def add(self, entry: FeedEntry) -> None:
        self.rows.setdefault(entry.id, entry)


class FakePeople:
    def __init__(self) -> None:
        self.names: dict[UUID, str] = {}

    async def remember(self, user_id: UUID, *, name: str) -> None:
        self.names[user_id] = name

    async def forget(self, user_id: UUID) -> None:
        self.names.pop(user_id, None)


class FakeUow:
    """A unit of work over dictionaries; it must be opened to be used, and only once at a time."""

    entries: Entries
    people: People

    def __init__(self) -> None:
        self.kept, self.known = FakeEntries(), FakePeople()
        self.entries, self.people = self.kept, self.known
        self.is_open = False

    async def __aenter__(self) -> Self:
        assert not self.is_open
        self.is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.is_open = False

    def emit(self, event: Event) -> None:
        raise AssertionError(f"activity emits nothing, yet: {event}")
