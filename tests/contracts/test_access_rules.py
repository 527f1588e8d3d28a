"""Deny by default: every route says who may call it."""

import re

import pytest
from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from shared.http.access import Caller, public, rules_of
from tools.contracts.documents import app
from tools.database.services import services

OUTSIDE_API = ("/bus/", "/dapr/", "/internal/", "/healthz", "/readyz", "/metrics", "/.well-known/")
DOCUMENTATION = ("/openapi.json", "/docs", "/docs/oauth2-redirect", "/docs-assets")  # for everybody: it is published
DECLARATION = re.compile(
    r"public( or signed in)?|sidecar|signed in|service( \w+( or \w+)*)?|role \w+( or \w+)*"
    r"|owner( with role \w+)?( or admin)?, to others (absent|refused)"
)


def routes(service: str) -> list[RouteContext]:
    """Every route of a service, with its whole path and all that its routers add."""
    found = list(iter_route_contexts(app(service).routes))
    assert any(str(route.path).startswith(f"/api/{service}/v1/") for route in found)
    return found


@pytest.mark.parametrize("service", services())
def test_every_route_has_exactly_one_access_rule(service: str) -> None:
    documentation = {f"/api/{service}{path}" for path in DOCUMENTATION}
    for route in routes(service):
        if route.path not in documentation:
            assert isinstance(route.original_route, APIRoute), f"{service} {route.path} is of a kind that has no rule"
            declared = sorted(set(rules_of(route.dependant)))
            assert len(declared) == 1, f"{service} {route.path}: {declared}"
            assert DECLARATION.fullmatch(declared[0]), f"{service} {route.path}: what does {declared} say?"


@pytest.mark.parametrize("service", services())
def test_a_route_is_either_below_the_services_api_or_outside_any(service: str) -> None:
    for route in routes(service):
        assert str(route.path).startswith((f"/api/{service}/", *OUTSIDE_API)), route.path


@pytest.mark.parametrize("service", services())
def test_what_only_the_sidecar_may_call_says_so(service: str) -> None:
    inside = [route for route in routes(service) if str(route.path).startswith(("/bus/", "/dapr/", "/internal/"))]
    assert len(inside) >= 3
    for route in inside:
        (declared,) = set(rules_of(route.dependant))
        assert declared.startswith(("sidecar", "service")), route.path


def test_a_route_without_a_rule_or_with_two_is_found() -> None:
    router = APIRouter()

    @router.get("/none")
    async def none() -> None: ...

    @router.get("/two", dependencies=[Depends(public)])
    async def two(caller: Caller) -> None: ...

    found = [sorted(set(rules_of(route.dependant))) for route in iter_route_contexts(router.routes)]
    assert found == [[], ["public", "signed in"]]
