"""Grace the admin at the gateway of a running local platform: the one way in which this tool looks and acts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from tools.local.control import Control
from tools.local.credentials import read_served
from tools.local.home import Home
from tools.local.problem import Problem

GRACE = "grace@codezest.local"
ANSWER_SECONDS = 10.0
REMEDIES: dict[int, str] = {
    httpx.codes.UNAUTHORIZED: "A platform without demo accounts has no Grace: see the API at /api/<service>/docs.",
    httpx.codes.NOT_FOUND: "`make parked` shows what is parked now.",
}


class Admin:
    """Somebody who is signed in as an admin. `services` are those of the running platform, in the order of dapr.yaml."""

    def __init__(self, client: httpx.AsyncClient, services: Sequence[str]) -> None:
        self.services = services
        self._client = client

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Any:
        """The JSON answer of a service's bus; `path` follows /bus. Raises Problem for a refusal, or if there is no answer."""
        return await self.call(service, method, f"/bus{path}", **request)

    async def call(self, service: str, method: str, path: str, **request: Any) -> Any:
        """The JSON answer of a service; `path` follows /api/<service>/v1. Raises Problem as `ask` does."""
        return await _answer(self._client, service, method, f"/api/{service}/v1{path}", **request)

    async def ask_all(self, path: str, **request: Any) -> dict[str, Any | Problem]:
        """The same of every service at once; of one that does not answer, its Problem."""

        async def one(service: str) -> Any | Problem:
            try:
                return await self.ask(service, "GET", path, **request)
            except Problem as problem:
                return problem

        answers = await asyncio.gather(*(one(service) for service in self.services))
        return dict(zip(self.services, answers, strict=True))


@asynccontextmanager
async def grace(home: Home) -> AsyncIterator[Admin]:
    """Sign Grace in for the length of the block, once: failed attempts are counted. Raises Problem if she cannot."""
    ports = await Control(home).ports()
    services = {name.rpartition("-")[0]: None for name in ports if f"{name}.sidecar" in ports}
    gateway = f"http://localhost:{ports['gateway']}"
    async with httpx.AsyncClient(base_url=gateway, timeout=ANSWER_SECONDS, trust_env=False) as client:
        credentials = {"email": GRACE, "password": read_served(home)["auth-demo-password"], "client": "api"}
        session = await _answer(client, "auth", "POST", "/api/auth/v1/sessions", json=credentials)
        client.headers["authorization"] = f"Bearer {session['access_token']}"
        try:
            yield Admin(client, list(services))
        finally:
            with suppress(Problem):
                await _answer(client, "auth", "DELETE", "/api/auth/v1/sessions/current")


async def _answer(client: httpx.AsyncClient, service: str, method: str, path: str, **request: Any) -> Any:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await client.request(method, path, **request)
    except (httpx.TransportError, TimeoutError) as error:
        raise _unreachable(service, type(error).__name__) from error
    if answer.is_success:
        return answer.json() if answer.content else None
    if answer.headers.get("content-type") != "application/problem+json" or answer.is_server_error:
        raise _unreachable(service, f"{answer.status_code} {answer.reason_phrase}")
    detail = str(answer.json()["detail"])
    raise Problem(f"{service} refused: {detail}", REMEDIES.get(answer.status_code, "Nothing was changed."))


def _unreachable(service: str, why: str) -> Problem:
    return Problem(
        f"{service} is unreachable ({why}).",
        f"`make status` shows whether it runs, `make logs SERVICE={service}` why not.",
    )
