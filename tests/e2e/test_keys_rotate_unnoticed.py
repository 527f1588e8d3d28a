"""Signing keys rotate under load, on two replicas of everything: nobody is refused, unless a key leaked."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

import httpx
import pytest
from joserfc.jws import extract_compact

from tests.local.platforms import eventually
from tools.demo.walk import Addresses
from tools.local.control import Control
from tools.local.credentials import read_served

pytestmark = [pytest.mark.platform, pytest.mark.timeout(400)]

SECONDS = 60.0
PER_SECOND = 20.0
AFTER_THE_CHANGE = 60  # answers that are still looked at when the new key signs
READ = ("/api/auth/v1/me", "/api/learning/v1/enrolments")


class Crowd:
    """One person who asks all the time, with every access token they were ever given, and refreshes now and then."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._refresh_token = ""
        self.tokens: list[str] = []
        self.answers: Counter[tuple[str, int]] = Counter()

    @property
    def kids(self) -> list[str]:
        """Which keys signed, in the order of their first token."""
        found = (str(extract_compact(token.encode()).headers()["kid"]) for token in self.tokens)
        return list(dict.fromkeys(found))

    async def sign_in(self, password: str) -> None:
        person = {"email": "ada@codezest.local", "password": password, "client": "api"}
        self._take(await self._http.post("/api/auth/v1/sessions", json=person))

    async def refresh(self) -> None:
        given = {"refresh_token": self._refresh_token}
        self._take(await self._http.post("/api/auth/v1/sessions/refresh", json=given))

    async def read(self, path: str, token: str) -> int:
        answer = await self._http.get(path, headers={"authorization": f"Bearer {token}"})
        self.answers[path, answer.status_code] += 1
        return answer.status_code

    async def go_on(self) -> None:
        """Ask steadily, until cancelled."""
        while True:
            await self.refresh()
            for path, token in product(READ, (self.tokens[0], *self.tokens[-2:])):
                await self.read(path, token)
                await asyncio.sleep(1 / PER_SECOND)

    def _take(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        self.tokens.append(body["access_token"])
        self._refresh_token = body["refresh_token"]


@pytest.fixture
async def crowd(replicated: Control) -> AsyncIterator[Crowd]:
    """Ada, signed in."""
    gateway = Addresses.of(await replicated.ports()).gateway
    async with httpx.AsyncClient(base_url=gateway, timeout=20, trust_env=False) as http:
        crowd = Crowd(http)
        await crowd.sign_in(read_served(replicated.home)["auth-demo-password"])
        yield crowd


async def test_a_rotation_under_load_refuses_nobody(replicated: Control, crowd: Crowd) -> None:
    async with asking(crowd):
        before = list(crowd.kids)
        printed = await rotate(replicated, "--reason=a test")
        assert "Nobody notices" in printed
        assert f"{before[0]} is published until" in printed

        async def new_key_signs() -> bool:
            return len(crowd.kids) == 2

        await eventually(new_key_signs, SECONDS)
        so_far = crowd.answers.total()

        async def more_was_asked() -> bool:
            return crowd.answers.total() >= so_far + AFTER_THE_CHANGE

        await eventually(more_was_asked, SECONDS)
    assert f"{crowd.kids[1]} is published now" in printed
    assert {status for _, status in crowd.answers} == {200}, crowd.answers
    assert {path for path, _ in crowd.answers} == set(READ)


async def test_after_a_leak_the_old_tokens_are_refused_everywhere_and_a_refresh_helps(
    replicated: Control, crowd: Crowd
) -> None:
    ports = await replicated.ports()
    everywhere = [
        f"http://127.0.0.1:{ports[f'{service}-{number}']}{path}"
        for service, path in zip(("auth", "learning"), READ, strict=True)
        for number in (1, 2)
    ]
    leaked = crowd.tokens[0]
    assert {await crowd.read(url, leaked) for url in everywhere} == {200}
    assert "every other key is gone" in await rotate(replicated, "--now", "--reason=it leaked")

    async def is_refused() -> bool:
        return {await crowd.read(url, leaked) for url in everywhere} == {401}

    await eventually(is_refused, SECONDS)
    await crowd.refresh()

    async def is_accepted() -> bool:
        return {await crowd.read(url, crowd.tokens[-1]) for url in everywhere} == {200}

    await eventually(is_accepted, SECONDS)


@asynccontextmanager
async def asking(crowd: Crowd) -> AsyncIterator[None]:
    """The crowd goes on for the length of the block; what went wrong with it is raised at its end."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(crowd.go_on())
        yield
        task.cancel()


async def rotate(platform: Control, *options: str) -> str:
    """What `make rotate-keys` prints."""
    command = [sys.executable, "-m", "tools.keys", "rotate", *options]
    environment = {**os.environ, "CODEZEST_HOME": str(platform.home.path), "COLUMNS": "200"}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
