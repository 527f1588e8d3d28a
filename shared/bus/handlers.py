"""Which function handles which event: `@events.on(UserCreated)` in a service's api/events.py."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from shared.events.event import Event, fact_of, load_catalogue


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a handler may know about the event's way: who did it (or on whose behalf), when, and where it stands.

    `version` is the cursor version this commit will carry: stamp it on projection rows that replicas tail.
    """

    id: UUID
    source: str
    position: int
    actor: UUID | None
    time: datetime
    traceparent: str | None
    version: int


AnyHandler = Callable[[Any, Delivery, Any], Awaitable[None]]
H = TypeVar("H", bound=AnyHandler)


@dataclass(frozen=True, kw_only=True)
class Handling:
    """How a service handles one fact, whichever of its versions was stored: `handler` gets it as an `event`, the newest.

    `keeps` names the personal fields that it stores. Unless `ordered`, the event does not wait behind a parked one of
    its key. An event older than `max_age` is not handled any more.
    """

    event: type[Event]
    handler: AnyHandler
    keeps: frozenset[str]
    ordered: bool
    max_age: timedelta | None


class Handlers:
    """A service's handlers: exactly one per fact, or one for all.

    A handler is `async def handle(event, delivery, uow)`. Its unit of work has joined the page's transaction: effects,
    further events and the cursor commit together, so each event has its effect exactly once. What raises is parked.
    """

    def __init__(self) -> None:
        self._by_fact: dict[str, Handling] = {}

    def on(
        self,
        *events: type[Event],
        keeps: Collection[str] | None = None,
        ordered: bool = True,
        max_age: timedelta | None = None,
    ) -> Callable[[H], H]:
        """Register the decorated function for these events and return it unchanged. The options are those of Handling.

        `keeps` must be said when an event has personal fields. TypeError for a second handler of a fact, for an event
        that a newer version replaced, for `keeps` that is missing or names what is not personal.
        """
        for event in events:
            if newer := event.replaced_by():
                raise TypeError(
                    f"{event.__name__} is replaced: handle {newer.__name__}, which also gets what was stored before"
                )
        kept = _kept(events, keeps)

        def register(handler: H) -> H:
            for event in events:
                fact = fact_of(event.event_type)
                if taken := self._by_fact.get(fact):
                    raise TypeError(
                        f"{fact} has two handlers: {_name(taken.handler)} and {_name(handler)}. "
                        "A service handles an event once; call both from one handler."
                    )
                self._by_fact[fact] = Handling(
                    event=event,
                    handler=handler,
                    keeps=kept & event.personal_fields(),
                    ordered=ordered,
                    max_age=max_age,
                )
            return handler

        return register

    def on_every_event(
        self,
        *,
        of: tuple[str, ...],
        keeps: Collection[str] | None = None,
        ordered: bool = True,
        max_age: timedelta | None = None,
    ) -> Callable[[H], H]:
        """Register one function for every event in the catalogue that one of the services `of` emits, as `on` does.

        `keeps` names personal fields of any of them. TypeError, too, for a service that emits none.
        """
        newest = [event for event in load_catalogue().values() if event.source() in of and not event.replaced_by()]
        if silent := set(of) - {event.source() for event in newest}:
            raise TypeError(f"no event of {', '.join(sorted(silent))} is in the catalogue: is the name right?")
        return self.on(*newest, keeps=keeps, ordered=ordered, max_age=max_age)

    def get(self, event_type: str) -> Handling | None:
        """How an event stored as `event_type` is handled. None without a handler, and for a version newer than ours."""
        found = self._by_fact.get(fact_of(event_type))
        return found if found and Event.current(event_type) is found.event else None

    def known(self, *, ordered: bool | None = None) -> list[str]:
        """Every stored event type that `get` finds; with `ordered`, only those whose handling is (not) ordered."""
        handled = ((name, self.get(name)) for name in Event.catalogue)
        return sorted(name for name, found in handled if found and ordered in (None, found.ordered))

    @property
    def sources(self) -> list[str]:
        """The services whose logs this service follows."""
        return sorted({handling.event.source() for handling in self._by_fact.values()})

    def facts(self, source: str) -> list[str]:
        """The facts of `source` that have a handler: event types without their version."""
        return sorted(fact for fact, handling in self._by_fact.items() if handling.event.source() == source)

    def types(self, source: str) -> list[str]:
        """The newest event types of `source` that have a handler."""
        return sorted(self._by_fact[fact].event.event_type for fact in self.facts(source))


def _kept(events: Collection[type[Event]], keeps: Collection[str] | None) -> frozenset[str]:
    personal = frozenset[str]().union(*(event.personal_fields() for event in events))
    if keeps is None and personal:
        holders = ", ".join(event.__name__ for event in events if event.personal_fields())
        raise TypeError(
            f"say which personal data of {holders} ({', '.join(sorted(personal))}) this service stores: "
            "keeps=(...), or keeps=() if none"
        )
    if isinstance(keeps, str):
        raise TypeError(f"keeps is a collection of names: keeps=({keeps!r},)")
    if strange := frozenset(keeps or ()) - personal:
        raise TypeError(f"keeps={sorted(strange)}: no personal field of these events has such a name")
    return frozenset(keeps or ())


def _name(handler: AnyHandler) -> str:
    return f"{handler.__module__}.{getattr(handler, '__qualname__', handler)}"
