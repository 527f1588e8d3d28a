"""Delivery of events to the webhook address: signed, at least once, in no promised order, until the answer is 2xx."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress
from typing import Final

import httpx

from tools.stripe import deliveries
from tools.stripe.deliveries import Delivery
from tools.stripe.settings import Settings
from tools.stripe.store import Store

_TIMEOUT: Final = 10.0
_MOST_AT_ONCE: Final = 16
_LONGEST_SLEEP: Final = 5.0


def signature(body: bytes, secret: str, *, at: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 of `timestamp.body`; `at` in Unix seconds."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Sender:
    """Sends what the store says is waiting. Knows nothing that a restart would lose."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._in_flight: set[int] = set()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that something new is waiting."""
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client, asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                pause = self._start_due(client, group)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._news.wait()

    def _start_due(self, client: httpx.AsyncClient, group: asyncio.TaskGroup) -> float:
        """Start what is due, and say after how many seconds to look again unless woken."""
        now = time.time()
        for delivery in deliveries.waiting(self._store, limit=2 * _MOST_AT_ONCE):
            if delivery.id in self._in_flight:
                continue
            if len(self._in_flight) >= _MOST_AT_ONCE:
                break
            if delivery.next_try_at is not None and delivery.next_try_at > now:
                return min(delivery.next_try_at - now, _LONGEST_SLEEP)
            self._in_flight.add(delivery.id)
            group.create_task(self._send(client, delivery))
        return _LONGEST_SLEEP

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        event = self._store.get("event", delivery.event)
        body = json.dumps(event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, self._settings.webhook_secret, at=int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            async with asyncio.timeout(_TIMEOUT):
                response = await client.post(self._settings.webhook_url, content=body, headers=headers)
            delivered, answer = response.is_success, str(response.status_code)
        except (httpx.HTTPError, TimeoutError) as error:
            delivered, answer = False, f"{type(error).__name__}: {error}"
        deliveries.record(self._store, delivery, delivered=delivered, answer=answer, at=time.time())
        self._in_flight.discard(delivery.id)
        self.wake()
