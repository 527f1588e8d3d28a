"""Who may call a route. Each route depends on exactly one rule of this module; a route without one fails a test."""

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from shared.errors import Forbidden, Unauthenticated

BEARER = "bearer "


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The person calling: who they are, what they are to the platform, and in which session."""

    user_id: UUID
    session_id: UUID
    roles: frozenset[str] = field(default_factory=frozenset)

    def has_role(self, *roles: str) -> bool:
        """Whether the person has any of `roles`; an admin has them all."""
        return not self.roles.isdisjoint({*roles, "admin"})


Rule = Callable[..., Coroutine[Any, Any, Any]]


def rule(name: str) -> Callable[[Rule], Rule]:
    """Mark a dependency as an access rule called `name`, for the test that no route goes without."""

    def mark(check: Rule) -> Rule:
        check.access_rule = name  # type: ignore[attr-defined]  # functions carry attributes; mypy has no type for it
        return check

    return mark


@rule("public")
async def public() -> None:
    """Anybody may call this."""


@rule("sidecar")
async def sidecar_only(request: Request) -> None:
    """Only this service's own sidecar may: for itself, or for a service that the access policy allows."""
    expected: str = request.app.state.app_token
    given = request.headers.get("dapr-api-token", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Unauthenticated("Only this service's sidecar may call this path.")


@rule("signed in")
async def signed_in(request: Request) -> Principal:
    """Somebody with a valid access token may. Unauthenticated says what is wrong with it."""
    # Two of them would let this service and whatever stands before it read different ones.
    header, *more = request.headers.getlist("authorization") or [""]
    if more or not header.lower().startswith(BEARER):
        raise Unauthenticated("Sign in first: send `Authorization: Bearer <access token>`.")
    principal: Principal = await request.app.state.tokens.verify(header[len(BEARER) :].strip())
    request.scope["caller"] = principal.user_id  # for the access log
    return principal


async def maybe_signed_in(request: Request) -> Principal | None:
    """The caller of a public route, if they are signed in; a bad token is still refused."""
    return await signed_in(request) if "authorization" in request.headers else None


def has_role(*roles: str) -> Rule:
    """A rule for people with one of `roles` (admins always)."""

    @rule(f"role {' or '.join(roles)}")
    async def check(caller: Annotated[Principal, Depends(signed_in)]) -> Principal:
        if not caller.has_role(*roles):
            raise Forbidden(f"This needs the role {' or '.join(roles)}.")
        return caller

    return check


Caller = Annotated[Principal, Depends(signed_in)]
MaybeCaller = Annotated[Principal | None, Depends(maybe_signed_in)]
Author = Annotated[Principal, Depends(has_role("author"))]
