"""No call to anything outside while a transaction is open: it would hold locks for as long as somebody else likes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


class CallInTransaction(RuntimeError):
    """A programming error: take what the call needs out of the transaction, or let a worker make the call."""


@contextmanager
def transaction_open() -> Iterator[None]:
    """Mark the block as the inside of a database transaction."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def outside_of_transaction(call: str) -> None:
    """Every adapter that speaks to another process says this first. CallInTransaction if a transaction is open here."""
    if _open.get():
        raise CallInTransaction(f"{call} within a database transaction: make it before or after.")
