"""What of a service other services could try to call."""

from collections.abc import Iterator

from fastapi.routing import APIRoute, iter_route_contexts

from shared.http.access import rules_of
from tools.contracts.documents import app


def doors(service: str) -> Iterator[tuple[str, str, str]]:
    """Verb, path and rule of every door that is outside /api, and of one inside: people's doors are alike for services."""
    people: tuple[str, str, str] | None = None
    for route in iter_route_contexts(app(service).routes):
        if isinstance(route.original_route, APIRoute) and (rule := next(rules_of(route.dependant), "")):
            (verb,) = route.methods or {"GET"}
            door = (verb, str(route.path), rule)
            if str(route.path).startswith("/api/"):
                people = door
            else:
                yield door
    if people:
        yield people
