"""Which replica leads: a Lease that its holder renews, and that others take when it has been silent for its whole duration.

Nobody's clock is believed but one's own: what counts is how long the record has not changed since it was first seen so.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import httpx2
from lightkube.core.exceptions import ApiError

from codezest_operator.data.kinds import LEASE
from codezest_operator.data.objects import Document, Objects

NAME = "codezest-operator"
# The holder stops after two thirds of the duration, so that it has long stopped when the next one begins.
HOLDS = 2 / 3
TRIES = 6


class Lease:
    """One replica's side of the Lease. `until` is how long it leads, by the monotonic clock."""

    def __init__(self, objects: Objects, *, namespace: str, holder: str, seconds: float) -> None:
        self._objects = objects
        self._namespace = namespace
        self._holder = holder
        self._seconds = seconds
        self._seen: tuple[Any, float] = (None, time.monotonic())
        self.until = 0.0

    @property
    def leads(self) -> bool:
        """Whether this replica leads now."""
        return time.monotonic() < self.until

    async def acquire(self, *, stop: asyncio.Event) -> bool:
        """Wait until this replica leads: True; or until it is to stop: False."""
        while not stop.is_set():
            if await self._attempt():
                return True
            await _pause(stop, self._seconds / TRIES)
        return False

    async def keep(self, *, stop: asyncio.Event) -> None:
        """Renew until it is to stop, or until it is lost."""
        while not stop.is_set():
            await _pause(stop, self._seconds / TRIES)
            await self._attempt()
            if not self.leads:
                return

    async def release(self) -> None:
        """Give it up, so that another replica need not wait. Nothing of ours may run any more."""
        self.until = 0.0
        try:
            found = await self._read()
            if found is not None and found["spec"].get("holderIdentity") == self._holder:
                await self._write(found, holder="")
        except (ApiError, httpx2.HTTPError, TimeoutError):
            return  # then it runs out by itself

    async def _attempt(self) -> bool:
        """Take or renew it; False when somebody else has it, or the API server does not answer in time."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds / 3):
                found = await self._read()
                if found is not None and not self._may_take(found):
                    return False
                await self._write(found, holder=self._holder)
        except (ApiError, httpx2.HTTPError, TimeoutError):
            return self.leads
        self.until = began + self._seconds * HOLDS
        return True

    def _may_take(self, found: Document) -> bool:
        holder = found["spec"].get("holderIdentity")
        if holder in ("", None, self._holder):
            return True
        if self._seen[0] != found["spec"]:
            self._seen = (found["spec"], time.monotonic())
        silent: float = time.monotonic() - self._seen[1]
        return silent >= float(found["spec"].get("leaseDurationSeconds", self._seconds))

    async def _read(self) -> Document | None:
        return await self._objects.get(LEASE, NAME, self._namespace)

    async def _write(self, found: Document | None, *, holder: str) -> None:
        """Create or replace; a replacement is refused if somebody was faster."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        before = found["spec"] if found else {}
        changed = before.get("holderIdentity") != holder
        spec = {
            "holderIdentity": holder,
            "leaseDurationSeconds": int(self._seconds),
            "renewTime": now,
            "acquireTime": now if changed else before.get("acquireTime", now),
            "leaseTransitions": before.get("leaseTransitions", 0) + (1 if found and changed else 0),
        }
        metadata = found["metadata"] if found else {"name": NAME, "namespace": self._namespace}
        document = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
        write = self._objects.replace if found else self._objects.create
        await write(LEASE, document, self._namespace)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but not past the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
