"""The unit of work as the domain sees it. What implements it lives in `shared.bus.unit_of_work`."""

from types import TracebackType
from typing import Protocol, Self

from shared.events.event import Event


class UnitOfWork(Protocol):
    """`async with uow:` is one transaction: state and events commit together at its end, or neither does."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def emit(self, event: Event) -> None:
        """Record a fact; it is published, in this order, if and only if the transaction commits."""
        ...
