"""People who sign in on a running platform: some to be timed, some to keep it busy from a process of their own."""

import asyncio
import secrets
import time
from dataclasses import dataclass

import httpx

WITHIN = 60.0


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account, and the device its owner has signed in from."""

    email: str
    password: str
    device_token: str = ""


def somebody() -> Person:
    """A person without an account."""
    return Person(email=f"bench-{secrets.token_hex(8)}@example.org", password=secrets.token_urlsafe(18))


async def registered(http: httpx.AsyncClient) -> Person:
    """A new person with an account, who has signed in once."""
    person = somebody()
    body = {"email": person.email, "password": person.password, "name": "Bench"}
    (await http.post("/api/auth/v1/users", json=body)).raise_for_status()
    answer = (await sign_in(http, person)).raise_for_status()
    return Person(email=person.email, password=person.password, device_token=answer.json()["device_token"])


async def sign_in(http: httpx.AsyncClient, person: Person) -> httpx.Response:
    """One try, from their device if they have one."""
    body = {"email": person.email, "password": person.password}
    if person.device_token:
        body["device_token"] = person.device_token
    return await http.post("/api/auth/v1/sessions", json=body)


def sign_ins_a_second(gateway: str, people: list[Person], seconds: float) -> float:
    """All of them sign in again and again for so many seconds. An answer that is no session is an error."""

    async def run() -> float:
        async with httpx.AsyncClient(base_url=gateway, timeout=WITHIN, trust_env=False) as http:
            started = time.perf_counter()
            counts = await asyncio.gather(*(_again_and_again(http, person, started + seconds) for person in people))
            return sum(counts) / (time.perf_counter() - started)

    return asyncio.run(run())


async def _again_and_again(http: httpx.AsyncClient, person: Person, until: float) -> int:
    count = 0
    while time.perf_counter() < until:
        (await sign_in(http, person)).raise_for_status()
        count += 1
    return count
