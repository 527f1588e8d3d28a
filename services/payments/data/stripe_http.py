"""Stripe's library over a connection pool of our own: with bounds and time-outs, closed when the service stops."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import stripe

from shared.transaction import outside_of_transaction

# One attempt. The library makes up to three, and every call has a deadline over all of them.
TIMEOUT = httpx.Timeout(4.0, connect=2.0, pool=2.0)
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10)


class PooledClient(stripe.HTTPClient):
    """What the library's own httpx client does, which offers neither bounds nor an end and sends bodies in a deprecated way."""

    name = "httpx"

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__()
        self._http = http

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None, *, _usage: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One attempt. stripe.APIConnectionError, which the library answers with another one."""
        outside_of_transaction(f"{method} to Stripe")
        try:
            response = await self._http.request(method, url, headers=dict(headers), content=post_data or None)
        except httpx.HTTPError as error:
            reason = f"{type(error).__name__}: {error}"
            raise stripe.APIConnectionError(reason, should_retry=True) from error  # type: ignore[no-untyped-call]  # the library's
        return response.content, response.status_code, response.headers

    async def sleep_async(self, secs: float) -> None:
        """Between attempts."""
        await asyncio.sleep(secs)
