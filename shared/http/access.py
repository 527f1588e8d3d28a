"""Who may call a route. Each route depends on exactly one rule of this module; a route without one fails a test.

A rule's name is its declaration, in words that tests read: they try every route as everybody and expect what it says.

    public
    public or signed in                       who sends a token is checked, and may see more
    sidecar                                   this service's own sidecar, which delivers events
    service [NAME or NAME ...]                another service, through both sidecars; those named, or whoever consumes
    signed in
    role NAME [or NAME ...]                   and admins, always
    owner [with role NAME] [or admin], to others absent|refused
                                              to whom the object belongs; others are answered 404 as if there were
                                              none, or 403

Whatever the rule, what its owner has not published yet is absent to others.
"""

import hmac
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from shared.errors import Forbidden, Unauthenticated

BEARER = "bearer "
CALLER = "dapr-caller-app-id"  # set by the calling sidecar, whatever its app said; without mTLS it would be void


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
    """Only this service's own sidecar may, and on its own account: what another service asks it to pass on is refused."""
    _demand_sidecar(request)
    if CALLER in request.headers:
        raise Unauthenticated("Only this service's sidecar may call this path.")


def service_only(*names: str) -> Rule:
    """A rule for other services, through their sidecar and this one's: those named, or all that the access policy lets."""

    @rule(" ".join(["service", " or ".join(names)]).strip())
    async def check(request: Request) -> None:
        _demand_sidecar(request)
        callers = request.headers.getlist(CALLER)
        if len(callers) != 1 or (names and callers[0] not in names):
            raise Forbidden("Only the services that this path is for may call it.")

    return check


def _demand_sidecar(request: Request) -> None:
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


@rule("public or signed in")
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


def owner(*, others: Literal["absent", "refused"], role: str | None = None, admins: bool = False) -> Rule:
    """A rule for the person to whom the object belongs, who needs `role` too, and for admins if `admins`.

    Only the use case knows whose the object is: it answers others NotFound (`absent`), as if there were none, or
    Forbidden (`refused`). Tests hold it to that.
    """
    demanded = has_role(role) if role else signed_in
    words = [f" with role {role}" if role else "", " or admin" if admins else ""]

    @rule(f"owner{''.join(words)}, to others {others}")
    async def check(caller: Annotated[Principal, Depends(demanded)]) -> Principal:
        return caller

    return check


def rules_of(dependant: Dependant) -> Iterator[str]:
    """The names of the outermost rules down a route's dependencies; a route may name one several times."""
    for child in dependant.dependencies:
        if name := getattr(child.call, "access_rule", None):
            yield name
        else:
            yield from rules_of(child)


Caller = Annotated[Principal, Depends(signed_in)]
MaybeCaller = Annotated[Principal | None, Depends(maybe_signed_in)]
Author = Annotated[Principal, Depends(has_role("author"))]
Admin = Annotated[Principal, Depends(has_role("admin"))]
Owner = Annotated[Principal, Depends(owner(others="absent"))]
OwnerOrAdmin = Annotated[Principal, Depends(owner(others="absent", admins=True))]
