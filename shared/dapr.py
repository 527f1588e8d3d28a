"""The sidecar: publish, invoke, state and secrets through one pooled client, every call with a deadline and typed errors.

Dapr's own SDK is not used: it blocks the event loop on start, opens a connection per invocation and costs 44 MB a service.
"""

import asyncio
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol, Self

import httpx
from opentelemetry.trace import SpanKind

from shared.errors import Unavailable
from shared.telemetry import current_traceparent, span, unsampled_traceparent
from shared.transaction import outside_of_transaction

PUBSUB, STATE, SECRETS = "pubsub", "state", "secrets"


class SidecarError(Unavailable):
    """The sidecar, or what it called for us, did not do it.

    `status` is the HTTP status and `problem_type` the RFC 9457 type of the answer, None without one. As text it is
    for the log; what a client may be told is `detail`.
    """

    slug = "dependency-unavailable"

    def __init__(self, reason: str, *, status: int | None = None, problem_type: str | None = None) -> None:
        super().__init__("A part of the platform is away. Try again.", retry_after=2)
        self.reason = reason
        self.status = status
        self.problem_type = problem_type

    def __str__(self) -> str:
        return self.reason


class Sidecar(Protocol):
    """What services need of Dapr. `tests/fakes.py` holds a fake that passes the same contract test."""

    async def publish(self, topic: str, event: Mapping[str, Any], *, traceparent: str | None = None) -> None:
        """Hand a CloudEvent to the broker. SidecarError if it does not take it within 2 s."""
        ...

    async def invoke(self, app: str, method: str, path: str, *, json: Any = None, timeout: float = 5.0) -> Any:
        """Call another service and return its JSON answer. SidecarError on time-out, refusal or any status >= 300."""
        ...

    async def poll(self, app: str, path: str, *, timeout: float = 5.0) -> Any:
        """As `invoke` with GET, for calls that mostly find nothing: they leave no trace, here or in the sidecars."""
        ...

    async def get_state(self, key: str) -> Any | None:
        """The JSON value under `key`, None if there is none. SidecarError if the store is away."""
        ...

    async def set_state(self, key: str, value: Any, *, ttl_seconds: int) -> None:
        """Keep a JSON value for `ttl_seconds`. SidecarError if the store is away."""
        ...

    async def delete_state(self, key: str) -> None:
        """Forget `key`; forgetting nothing is fine. SidecarError if the store is away."""
        ...

    async def secret(self, name: str) -> str:
        """A secret's value. SidecarError if it is missing or not for this service."""
        ...


class DaprSidecar:
    """The real one: Dapr's HTTP API on loopback."""

    def __init__(self, port: int, *, api_token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"dapr-api-token": api_token} if api_token else {},
            timeout=httpx.Timeout(5.0, connect=2.0, pool=2.0),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
            trust_env=False,
            # Plain HTTP on loopback: nobody's certificate is to be trusted, and to load everybody's took 46 ms of each start.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def wait_until_up(self, timeout: float) -> None:
        """Wait until the sidecar's APIs answer. Not its `/healthz`: that waits for this app, and both would wait for ever.

        SidecarError after `timeout` seconds.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            try:
                if (await self._http.get("/v1.0/healthz/outbound")).is_success:
                    return
            except httpx.HTTPError:
                pass  # not listening yet
            if asyncio.get_running_loop().time() > deadline:
                raise SidecarError(
                    f"the sidecar did not answer within {timeout:.0f} s: is daprd running beside this service?"
                )
            await asyncio.sleep(0.05)

    async def publish(self, topic: str, event: Mapping[str, Any], *, traceparent: str | None = None) -> None:
        """See Sidecar."""
        headers = {"content-type": "application/cloudevents+json", **_trace(traceparent)}
        await self._call("POST", f"/v1.0/publish/{PUBSUB}/{topic}", json=event, headers=headers, timeout=2.0)

    async def invoke(self, app: str, method: str, path: str, *, json: Any = None, timeout: float = 5.0) -> Any:
        """See Sidecar."""
        with span(f"{method} {app} {path.partition('?')[0]}", kind=SpanKind.CLIENT):
            headers = _trace(current_traceparent())
            response = await self._call(method, _method(app, path), json=json, headers=headers, timeout=timeout)
        return response.json()

    async def poll(self, app: str, path: str, *, timeout: float = 5.0) -> Any:
        """See Sidecar. Without a context the sidecars would record each poll as a trace of its own."""
        response = await self._call("GET", _method(app, path), headers=_trace(unsampled_traceparent()), timeout=timeout)
        return response.json()

    async def get_state(self, key: str) -> Any | None:
        """See Sidecar."""
        response = await self._call("GET", f"/v1.0/state/{STATE}/{key}", timeout=1.0)
        return response.json() if response.status_code == HTTPStatus.OK and response.content else None

    async def set_state(self, key: str, value: Any, *, ttl_seconds: int) -> None:
        """See Sidecar."""
        item = {"key": key, "value": value, "metadata": {"ttlInSeconds": str(ttl_seconds)}}
        await self._call("POST", f"/v1.0/state/{STATE}", json=[item], timeout=1.0)

    async def delete_state(self, key: str) -> None:
        """See Sidecar."""
        await self._call("DELETE", f"/v1.0/state/{STATE}/{key}", timeout=1.0)

    async def secret(self, name: str) -> str:
        """See Sidecar."""
        response = await self._call("GET", f"/v1.0/secrets/{SECRETS}/{name}", timeout=5.0)
        try:
            return str(response.json()[name])
        except (ValueError, KeyError):
            raise SidecarError(f"the secret store has no secret {name!r}") from None

    async def _call(
        self, method: str, url: str, *, timeout: float, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        outside_of_transaction(f"{method} {url.partition('?')[0]}")
        try:
            async with asyncio.timeout(timeout):
                response = await self._http.request(method, url, json=json, headers=headers)
        except (httpx.HTTPError, TimeoutError) as error:
            reason = str(error) or f"no answer within {timeout:g} s"
            raise SidecarError(f"{method} {url.partition('?')[0]} through the sidecar failed: {reason}") from error
        if not response.is_success:
            raise SidecarError(
                f"{method} {url.partition('?')[0]} through the sidecar was answered {response.status_code}",
                status=response.status_code,
                problem_type=_problem_type(response),
            )
        return response


def _problem_type(response: httpx.Response) -> str | None:
    if response.headers.get("content-type") != "application/problem+json":
        return None
    try:
        return str(response.json()["type"])
    except (ValueError, KeyError, TypeError):
        return None


def _method(app: str, path: str) -> str:
    return f"/v1.0/invoke/{app}/method/{path.lstrip('/')}"


def _trace(traceparent: str | None) -> dict[str, str]:
    return {"traceparent": traceparent} if traceparent else {}
