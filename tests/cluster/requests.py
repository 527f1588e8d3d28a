"""Steady requests through the ingress by people who do not try again, each looked at: what a client without patience meets."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.cluster.installation import people
from tools.demo.walk import Addresses

# What is asked, in turn. The last is no request that a proxy may send again by itself.
ASKED = (
    ("GET", "/api/learning/v1/courses"),
    ("GET", "/api/auth/v1/me"),
    ("GET", "/api/payments/v1/entitlements"),
    ("GET", "/api/notifications/v1/messages"),
    ("GET", "/api/activity/v1/feed"),
    ("POST", "/api/learning/v1/courses/small-programs/enrolment"),
)


@dataclass(kw_only=True)
class Load:
    """Requests until it is over: `failed` in words, `answered` by path."""

    addresses: Addresses
    headers: Mapping[str, str] = field(repr=False)
    every: float
    failed: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self, client: httpx.AsyncClient) -> None:
        """One request after the other begins, whether or not the last was answered."""
        async with asyncio.TaskGroup() as tasks:
            for verb, path in itertools.cycle(ASKED):
                if self.over.is_set():
                    return
                tasks.create_task(self.ask(client, verb, path))
                await asyncio.sleep(self.every)

    async def ask(self, client: httpx.AsyncClient, verb: str, path: str) -> None:
        """One request, once."""
        began = time.monotonic()
        at = time.strftime("%H:%M:%S")
        try:
            answer = await client.request(verb, self.addresses.gateway + path, headers=dict(self.headers))
        except httpx.TransportError as error:
            self.failed.append(f"{at} {verb} {path}: {type(error).__name__} {error}")
            return
        if not answer.is_success:
            self.failed.append(f"{at} {verb} {path}: {answer.status_code} {answer.text[:200]}")
        self.answered[path] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)


@asynccontextmanager
async def load_on(addresses: Addresses, headers: Mapping[str, str], *, a_second: int) -> AsyncIterator[Load]:
    """The load while the block runs; ends when every request is answered."""
    load = Load(addresses=addresses, headers=headers, every=1 / a_second)
    async with people() as client, asyncio.TaskGroup() as tasks:
        tasks.create_task(load.go_on(client))
        try:
            yield load
        finally:
            load.over.set()
