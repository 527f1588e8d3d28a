"""Which function handles which event: `@events.on(UserCreated)` in a service's api/events.py."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from shared.events.event import Event, load_catalogue


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a handler may know about the event's way: who did it (or on whose behalf), when, and where it stands."""

    id: UUID
    source: str
    position: int
    actor: UUID | None
    time: datetime
    traceparent: str | None


AnyHandler = Callable[[Any, Delivery, Any], Awaitable[None]]
H = TypeVar("H", bound=AnyHandler)


class Handlers:
    """A service's handlers: exactly one per event type, or one for all.

    A handler is `async def handle(event, delivery, uow)`. Its unit of work has joined the page's transaction: effects,
    further events and the cursor commit together, so each event has its effect exactly once. What raises is parked.
    """

    def __init__(self) -> None:
        self._by_type: dict[str, AnyHandler] = {}

    def on(self, *events: type[Event]) -> Callable[[H], H]:
        """Register the decorated function for these events and return it unchanged. TypeError for a second handler."""

        def register(handler: H) -> H:
            for event in events:
                if event.event_type in self._by_type:
                    taken = self._by_type[event.event_type]
                    raise TypeError(
                        f"{event.event_type} has two handlers: {_name(taken)} and {_name(handler)}. "
                        "A service handles an event once; call both from one handler."
                    )
                self._by_type[event.event_type] = handler
            return handler

        return register

    def on_every_event(self, *, of: tuple[str, ...]) -> Callable[[H], H]:
        """Register one function for every event in the catalogue that one of the services `of` emits."""
        return self.on(*(event for event in load_catalogue().values() if event.source() in of))

    def __getitem__(self, event_type: str) -> AnyHandler:
        return self._by_type[event_type]

    def __contains__(self, event_type: str) -> bool:
        return event_type in self._by_type

    @property
    def sources(self) -> list[str]:
        """The services whose logs this service follows."""
        return sorted({event_type.split(".", 1)[0] for event_type in self._by_type})

    def types(self, source: str) -> list[str]:
        """The event types of `source` that have a handler."""
        return sorted(t for t in self._by_type if t.split(".", 1)[0] == source)


def _name(handler: AnyHandler) -> str:
    return f"{handler.__module__}.{getattr(handler, '__qualname__', handler)}"
