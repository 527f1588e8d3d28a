"""What this service's routes need."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from services.payments.domain import notices
from services.payments.domain.desk import Desk
from services.payments.domain.plans import PriceList
from services.payments.domain.provider import PaymentProvider
from services.payments.domain.reads import Reads


@dataclass(frozen=True, kw_only=True)
class Deps:
    """`uow(actor=...)` makes a unit of work; `heard()` says that the provider told us something; `origin` is the platform's."""

    desk: Desk
    prices: PriceList
    provider: PaymentProvider
    reads: Reads
    uow: Callable[..., notices.Uow]
    heard: Callable[[], None]
    now: Callable[[], datetime]
    origin: str


async def deps(request: Request) -> Deps:
    """What `compose` in main.py put there."""
    found: Deps = request.app.state.deps
    return found
