"""Deny by default: every route says who may call it."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from tools.contracts.documents import app
from tools.database.services import services

OUTSIDE_API = ("/bus/", "/dapr/", "/internal/", "/healthz", "/readyz", "/metrics", "/.well-known/")
DOCUMENTATION = ("/openapi.json", "/docs")


def rules(dependant: Dependant) -> Iterator[str]:
    """The outermost access rule on each path down a route's dependencies."""
    for child in dependant.dependencies:
        if name := getattr(child.call, "access_rule", None):
            yield name
        else:
            yield from rules(child)


@pytest.mark.parametrize("service", services())
def test_every_route_has_exactly_one_access_rule(service: str) -> None:
    routes = [route for route in app(service).routes if isinstance(route, APIRoute)]
    assert routes
    for route in routes:
        if not route.path.endswith(DOCUMENTATION):
            assert len(set(rules(route.dependant))) == 1, f"{service} {route.path}: {list(rules(route.dependant))}"


@pytest.mark.parametrize("service", services())
def test_a_route_is_either_public_under_api_or_outside_it(service: str) -> None:
    for route in app(service).routes:
        path = getattr(route, "path", "")
        assert path.startswith((f"/api/{service}/", *OUTSIDE_API)), path


@pytest.mark.parametrize("service", services())
def test_what_only_the_sidecar_may_call_says_so(service: str) -> None:
    for route in app(service).routes:
        if isinstance(route, APIRoute) and route.path.startswith(("/bus/", "/dapr/", "/internal/")):
            assert list(rules(route.dependant)) == ["sidecar"], route.path
