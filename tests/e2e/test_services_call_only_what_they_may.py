"""Every service tries every door of every other, through the real sidecars: exactly the calls that exist get through."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.doors import doors
from tools.contracts.documents import handlers
from tools.database.services import services
from tools.local.control import Control

pytestmark = pytest.mark.platform

Call = tuple[str, str, str, str]  # caller, verb, callee, path
DENIED = "access control policy has denied access"
KEYS = "/.well-known/jwks.json"
MAIL = {"user_id": "0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11", "message_id": "m", "link": None}


AT_ONCE = 10  # the sidecar of a denied caller tries three times


def calls() -> Iterator[tuple[Call, bool]]:
    """Every call of one service to another, and whether it is one that exists."""
    for callee in services():
        for verb, path, rule in doors(callee):
            for caller in services():
                if caller != callee:
                    yield (caller, verb, callee, path), _exists(caller, callee, path, rule)


def _exists(caller: str, callee: str, path: str, rule: str) -> bool:
    if path == "/bus/log":  # for whoever consumes
        return callee in handlers(caller).sources
    if rule == "service":
        return True
    named = rule.removeprefix("service ").split(" or ") if rule.startswith("service ") else []
    return caller in named or (callee == "auth" and path == KEYS)


async def test_exactly_the_calls_that_exist_get_through(platform: Control) -> None:
    ports = await platform.ports()
    tokens = json.loads(platform.home.admin_secrets_file.read_text())
    gate = asyncio.Semaphore(AT_ONCE)

    async def wrong(client: httpx.AsyncClient, call: Call, *, exists: bool) -> str | None:
        caller, verb, callee, path = call
        url = f"http://127.0.0.1:{ports[f'{caller}-1.sidecar']}/v1.0/invoke/{callee}/method"
        url += path.replace("{topic}", "auth").replace("{", "").replace("}", "")
        headers = {"dapr-api-token": tokens[f"{caller}-dapr-api-token"]}
        body = MAIL if verb == "POST" else None
        async with gate:
            answer = await client.request(verb, url, params={"after": 0}, json=body, headers=headers)
        denied = answer.status_code == httpx.codes.FORBIDDEN and DENIED in answer.text
        let_in = answer.is_success or "user-unknown" in answer.text  # the mail of the test goes to nobody
        good = let_in and not denied if exists else denied
        return None if good else f"{caller} {verb} {callee}{path}: {answer.status_code} {answer.text[:200]}"

    tried = list(calls())
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        found = await asyncio.gather(*(wrong(client, call, exists=exists) for call, exists in tried))
    mistakes = [mistake for mistake in found if mistake]
    print(f"{len(tried)} calls, {sum(exists for _, exists in tried)} of them exist")  # noqa: T201 - the figure
    assert not mistakes, f"{len(mistakes)} of {len(tried)}:\n" + "\n".join(mistakes)
    assert len(tried) > 100
