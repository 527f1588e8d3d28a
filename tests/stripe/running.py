"""The stand-in as a process, and a real server that takes its webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import stripe

API_KEY = "sk_test_made_up_for_this_test"
WEBHOOK_SECRET = "whsec_made_up_for_this_test"
GOOD_CARD, DECLINED_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002"
DEADLINE = 20.0


def free_port() -> int:
    """A port below those that the kernel gives to outgoing connections: one of them could take it before its server does."""
    while True:
        port = random.randrange(10_000, 20_000)  # noqa: S311 - two tests must not meet, that is all
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a condition, at most for DEADLINE seconds."""
    give_up = time.monotonic() + DEADLINE
    while not await condition():
        assert time.monotonic() < give_up, f"waited {DEADLINE} s in vain: {what}"
        await asyncio.sleep(0.02)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # the default of 5 drops connections, and each drop costs a second


@dataclass
class Receiver:
    """Takes webhooks on 127.0.0.1; answers `failures` requests with 500, then 200. Keeps each verified event."""

    port: int = field(default_factory=free_port)
    failures: int = 0
    events: list[stripe.Event] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    forged: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks/stripe"

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), self._handler())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, body: bytes, signature: str) -> int:
        with self._changed:
            self.requests += 1
            if self.failures > 0:
                self.failures -= 1
                return 500
            try:
                self.events.append(stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET))
                self.bodies.append(body)
            except stripe.SignatureVerificationError:
                self.forged += 1
                return 400
            self._changed.notify_all()
            return 200

    def types_about(self, text: str) -> list[str]:
        """The types of the events that mention this id."""
        return [event.type for event in self.events_about(text)]

    def events_about(self, text: str) -> list[stripe.Event]:
        """The events that mention this id."""
        pairs = zip(self.events, self.bodies, strict=False)
        return [event for event, body in pairs if text.encode() in body]

    async def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(condition, DEADLINE)

        assert await asyncio.to_thread(wait), (
            f"waited {DEADLINE} s in vain: {what}; got {[event.type for event in self.events]}"
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers["Stripe-Signature"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
                """Say nothing: the test's assertions speak."""

        return Handler


@dataclass
class Standin:
    """One instance; `start` again after `kill` continues with what is on the disk."""

    home: Path
    webhook_url: str
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        environment = os.environ | {
            "STRIPE_API_KEY": API_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_WEBHOOK_URL": self.webhook_url,
        }
        command = [sys.executable, "-m", "tools.stripe", "--port", str(self.port), "--home", str(self.home)]
        # S603 and ASYNC220: our own program, and starting it takes a millisecond.
        self._process = subprocess.Popen(command, env=environment)  # noqa: ASYNC220
        try:
            await until(self._healthy, "the stand-in to answer /healthz")
        except BaseException:
            self.kill()  # a start that failed leaves nothing behind
            raise

    async def _healthy(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the stand-in ended at start: see its output above"
        async with httpx.AsyncClient(trust_env=False) as browser:
            try:
                return (await browser.get(f"{self.url}/healthz", timeout=2)).status_code == 200
            except httpx.HTTPError:
                return False

    async def close_client(self, client: stripe.StripeClient) -> None:
        """Close the library's connections, which it has no public way to do."""
        await client._requestor._get_http_client().close_async()  # type: ignore[no-untyped-call]  # the library's

    def kill(self) -> None:
        """As kill -9 does it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(DEADLINE)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(DEADLINE)

    def client(self, *, key: str = API_KEY) -> stripe.StripeClient:
        """Stripe's own library, pointed at this instance."""
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            http_client=stripe.HTTPXClient(timeout=10),
            max_network_retries=0,
        )


@dataclass
class Shop:
    """What a test talks to: the instance, its receiver, Stripe's library and a browser without redirects."""

    standin: Standin
    receiver: Receiver
    client: stripe.StripeClient
    browser: httpx.AsyncClient

    async def open_session(self, *, price: str = "pro_monthly", email: str = "ada@example.org") -> Any:
        """A new customer's open Checkout Session."""
        customer = await self.client.v1.customers.create_async({"email": email, "metadata": {"user_id": "u-ada"}})
        prices = await self.client.v1.prices.list_async({"lookup_keys": [price], "active": True})
        return await self.client.v1.checkout.sessions.create_async(
            {
                "mode": "subscription",
                "customer": customer.id,
                "line_items": [{"price": prices.data[0].id, "quantity": 1}],
                "success_url": "http://localhost:8000/paid?session={CHECKOUT_SESSION_ID}",
                "cancel_url": "http://localhost:8000/plans",
                "client_reference_id": "u-ada",
                "metadata": {"user_id": "u-ada"},
                "subscription_data": {"metadata": {"user_id": "u-ada"}},
            }
        )

    async def overview_says(self, line: str) -> None:
        """Wait until the stand-in's own page says `line`."""
        deadline = asyncio.get_running_loop().time() + DEADLINE
        while line not in (page := (await self.browser.get("/")).text):
            assert asyncio.get_running_loop().time() < deadline, f"waited {DEADLINE} s for {line!r} on {page}"
            await asyncio.sleep(0.05)

    async def pay(self, session: Any, card: str = GOOD_CARD) -> httpx.Response:
        """Press "Pay" on the page of the session."""
        return await self.browser.post(f"/c/pay/{session.id}", data={"card": card})

    async def subscribe(self, *, price: str = "pro_monthly") -> Any:
        """The subscription of a session that was paid."""
        session = await self.open_session(price=price)
        assert (await self.pay(session)).status_code == 303
        paid = await self.client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["subscription"]})
        return paid.subscription
