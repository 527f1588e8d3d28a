"""No request takes a thread: FastAPI runs plain functions in one, which costs more than all the rest of a short answer."""

import inspect
from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from tools.contracts.documents import app
from tools.database.services import services


def functions(dependant: Dependant) -> Iterator[object]:
    """What a route calls: itself and everything it depends on."""
    yield dependant.call
    for child in dependant.dependencies:
        yield from functions(child)


@pytest.mark.parametrize("service", services())
def test_a_route_and_all_it_depends_on_are_coroutines(service: str) -> None:
    plain = [
        f"{route.path}: {call}"
        for route in iter_route_contexts(app(service).routes)
        if isinstance(route.original_route, APIRoute)
        for call in functions(route.dependant)
        if not (inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call))
    ]
    assert plain == []
