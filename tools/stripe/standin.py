"""The running stand-in: its settings, what it knows, and its sender of webhooks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from tools.stripe import catalog, checkout
from tools.stripe.change import Cause, Change
from tools.stripe.settings import Settings
from tools.stripe.store import Store
from tools.stripe.webhooks import Sender

_BETWEEN_LOOKS = 30.0


@dataclass(frozen=True)
class Standin:
    settings: Settings
    store: Store
    sender: Sender

    @contextmanager
    def change(self, *, request_id: str | None = None, idempotency_key: str | None = None) -> Iterator[Change]:
        """One transaction; its events are sent as soon as it is on the disk."""
        cause = Cause(at=int(time.time()), request_id=request_id, idempotency_key=idempotency_key)
        with self.store.transaction():
            yield Change(self.store, cause)
        self.sender.wake()

    async def expire_sessions(self) -> None:
        """Expire sessions whose time is over, until cancelled."""
        while True:
            with self.change() as change:
                checkout.expire_all_due(change)
            await asyncio.sleep(_BETWEEN_LOOKS)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        """Send webhooks and expire sessions for as long as the context lasts."""
        tasks = [asyncio.create_task(self.sender.run()), asyncio.create_task(self.expire_sessions())]
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            self.store.close()


def open_standin(settings: Settings) -> Standin:
    """A stand-in over the files of its home, with the catalogue in place."""
    store = Store(settings.database)
    catalog.seed(store, at=int(time.time()))
    return Standin(settings, store, Sender(store, settings))
