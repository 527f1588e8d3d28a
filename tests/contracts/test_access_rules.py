"""Deny by default: every route says who may call it."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from tools.contracts.documents import app
from tools.database.services import services

OUTSIDE_API = ("/bus/", "/dapr/", "/internal/", "/healthz", "/readyz", "/metrics", "/.well-known/")
DOCUMENTATION = ("/openapi.json", "/docs", "/docs/oauth2-redirect")


def rules(dependant: Dependant) -> Iterator[str]:
    """The outermost access rule on each path down a route's dependencies."""
    for child in dependant.dependencies:
        if name := getattr(child.call, "access_rule", None):
            yield name
        else:
            yield from rules(child)


def routes(service: str) -> list[RouteContext]:
    """Every route of a service, with its whole path and all that its routers add."""
    found = list(iter_route_contexts(app(service).routes))
    assert any(str(route.path).startswith(f"/api/{service}/v1/") for route in found)
    return found


@pytest.mark.parametrize("service", services())
def test_every_route_has_exactly_one_access_rule(service: str) -> None:
    for route in routes(service):
        if isinstance(route.original_route, APIRoute) and not str(route.path).endswith(DOCUMENTATION):
            assert len(set(rules(route.dependant))) == 1, f"{service} {route.path}: {list(rules(route.dependant))}"


@pytest.mark.parametrize("service", services())
def test_a_route_is_either_below_the_services_api_or_outside_any(service: str) -> None:
    for route in routes(service):
        assert str(route.path).startswith((f"/api/{service}/", *OUTSIDE_API)), route.path


@pytest.mark.parametrize("service", services())
def test_what_only_the_sidecar_may_call_says_so(service: str) -> None:
    inside = [route for route in routes(service) if str(route.path).startswith(("/bus/", "/dapr/", "/internal/"))]
    assert len(inside) >= 3
    for route in inside:
        assert list(rules(route.dependant)) == ["sidecar"], route.path
