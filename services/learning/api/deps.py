"""What the routes of this service need, by the domain's names; the composition root fills it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Query, Request

from services.learning.domain import enrolments, lessons, submissions
from services.learning.domain.access import Person
from services.learning.domain.catalogue import Dated, Reads, Titled
from shared.http.access import Principal
from shared.http.cursors import CursorOf

Limit = Annotated[int, Query(ge=1, le=500)]


class Uow(lessons.Uow, enrolments.Uow, submissions.Uow, Protocol):
    """Every unit of work that a route opens, in one."""


class NewUow(Protocol):
    """Makes a unit of work; `actor` is named as the cause of what it emits."""

    def __call__(self, *, actor: UUID | None) -> Uow:
        """Make one."""
        ...


@dataclass(frozen=True, kw_only=True)
class Deps:
    """Everything a route can ask for."""

    uow: NewUow
    reads: Reads
    catalogue: CursorOf[Titled]
    authored: CursorOf[Dated]
    joined: CursorOf[Dated]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


async def _deps(request: Request) -> Deps:
    deps: Deps = request.app.state.deps
    return deps


Needs = Annotated[Deps, Depends(_deps)]


def person(caller: Principal) -> Person:
    """The caller, as the domain knows people."""
    return Person(user_id=caller.user_id, is_admin="admin" in caller.roles)
