"""Two replicas of every service: what is revoked at one of auth's is refused by every one of each within five seconds."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.local.platforms import eventually
from tools.bus.admin import GRACE
from tools.demo.walk import Addresses, Learner, Walk
from tools.local.control import Control
from tools.local.credentials import read_served

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

REVOKED_WITHIN = 5.0
# Something of one's own in each service; every replica answers it by itself.
OWN = {
    "auth": "/api/auth/v1/me",
    "learning": "/api/learning/v1/enrolments",
    "payments": "/api/payments/v1/entitlements",
    "notifications": "/api/notifications/v1/messages",
    "activity": "/api/activity/v1/feed",
}
REPLICAS = 2


class Person(Walk):
    """Somebody who speaks to every replica of every service, not only to the one that the gateway chooses."""

    def __init__(self, ports: dict[str, int], client: httpx.AsyncClient, learner: Learner) -> None:
        super().__init__(Addresses.of(ports), client, learner)
        self._doors = {
            f"{service}-{replica}": f"http://127.0.0.1:{ports[f'{service}-{replica}']}{path}"
            for service, path in OWN.items()
            for replica in range(1, REPLICAS + 1)
        }

    async def answers(self, *, without: str = "-") -> list[int]:
        """What each replica answers, by status; those of one service left out."""
        doors = [door for name, door in self._doors.items() if not name.startswith(without)]
        asked = (self._http.get(door, headers=self.learner.headers) for door in doors)
        return [answer.status_code for answer in await asyncio.gather(*asked)]

    async def is_in(self) -> bool:
        """Whether every replica accepts the access token."""
        return set(await self.answers()) == {200}

    async def is_out(self) -> bool:
        """Whether every replica refuses it."""
        return set(await self.answers()) == {401}

    async def do(self, method: str, path: str, **request: Any) -> Any:
        """At the gateway, as who is signed in; the JSON of a success."""
        answer = await self._request(method, self._url(path), headers=self.learner.headers, **request)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def user_id(self) -> str:
        """Of who is signed in."""
        return str((await self.do("GET", OWN["auth"]))["id"])


@pytest.fixture
async def ada(replicated: Control) -> AsyncIterator[Person]:
    async with person(replicated, Learner.somebody_new()) as ada:
        await ada.register()
        await ada.sign_in()
        await eventually(ada.is_in, 60)
        yield ada


@pytest.fixture
async def grace(replicated: Control) -> AsyncIterator[Person]:
    password = read_served(replicated.home)["auth-demo-password"]
    async with person(replicated, Learner(email=GRACE, password=password)) as grace:
        await grace.sign_in()
        yield grace


@asynccontextmanager
async def person(platform: Control, learner: Learner) -> AsyncIterator[Person]:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        yield Person(await platform.ports(), client, learner)


async def revoked_after(revoke: Callable[[], Awaitable[object]], who: Person) -> float:
    """Seconds from the answer to a revocation until every replica refuses the person's token."""
    assert await who.is_in()
    await revoke()
    started = time.monotonic()
    await eventually(who.is_out, 60)
    return time.monotonic() - started


async def test_who_signed_out_is_refused_by_every_replica(ada: Person, record_property: Any) -> None:
    seconds = await revoked_after(lambda: ada.do("DELETE", "/api/auth/v1/sessions/current"), ada)
    record_property("seconds", seconds)
    assert seconds <= REVOKED_WITHIN
    await ada.sign_in()
    assert await ada.is_in()


async def test_who_was_suspended_is_refused_by_every_replica_until_reinstated(ada: Person, grace: Person) -> None:
    path, because = f"/api/auth/v1/users/{await ada.user_id()}", {"reason": "The test of the platform"}
    seconds = await revoked_after(lambda: grace.do("POST", f"{path}/suspend", json=because), ada)
    assert seconds <= REVOKED_WITHIN
    assert await grace.is_in()
    await grace.do("POST", f"{path}/reinstate", json=because)
    assert await ada.is_out(), "the old session stays ended"
    await ada.sign_in()
    assert await ada.is_in()


async def test_a_role_given_by_command_is_in_force_at_every_replica(ada: Person, replicated: Control) -> None:
    seconds = await revoked_after(lambda: make_grant(replicated, ada.learner.email), ada)
    assert seconds <= REVOKED_WITHIN
    await ada.sign_in()
    assert await ada.is_in()
    assert await ada.do("GET", "/api/auth/v1/users?limit=1")


async def test_a_replica_that_starts_again_knows_what_was_revoked_before(ada: Person, replicated: Control) -> None:
    await revoked_after(lambda: ada.do("DELETE", "/api/auth/v1/sessions/current"), ada)
    await replicated.kill("activity-1")
    await replicated.kill("auth-1")
    await replicated.wait_ready()
    await eventually(ada.is_out, 60)
    assert 200 not in await ada.answers()


async def test_without_auth_a_replica_goes_on_with_the_list_it_has(ada: Person, replicated: Control) -> None:
    for replica in range(1, REPLICAS + 1):
        await replicated.stop(f"auth-{replica}")
    try:
        assert set(await ada.answers(without="auth")) == {200}
    finally:
        for replica in range(1, REPLICAS + 1):
            await replicated.start(f"auth-{replica}")
        await replicated.wait_ready()


async def make_grant(replicated: Control, email: str) -> None:
    """What `make grant` does."""
    words = ["--email", email, "--role", "admin", "--reason", f'it\'s a "test" {secrets.token_hex(4)}']
    environment = {**os.environ, "CODEZEST_HOME": str(replicated.home.path)}
    command = [sys.executable, "-m", "tools.accounts", "grant", *words]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert f"{email} has the role admin" in output.decode()
