"""People who sign in on a running platform: some to be timed, some to keep it busy from a process of their own."""

import asyncio
import secrets
import time
from dataclasses import dataclass

import httpx
import uvloop

from tools.bench.http_load import length_of

WITHIN = 60.0
SIGN_IN = "/api/auth/v1/sessions"
SIGNED_IN = b"HTTP/1.1 200 "


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
    (await register(http, person)).raise_for_status()
    answer = (await sign_in(http, person)).raise_for_status()
    return Person(email=person.email, password=person.password, device_token=answer.json()["device_token"])


async def register(http: httpx.AsyncClient, person: Person) -> httpx.Response:
    """Ask for an account."""
    body = {"email": person.email, "password": person.password, "name": "Bench"}
    return await http.post("/api/auth/v1/users", json=body)


async def forget(http: httpx.AsyncClient, person: Person) -> httpx.Response:
    """Ask for a new password."""
    return await http.post("/api/auth/v1/password-resets", json={"email": person.email})


async def sign_in(http: httpx.AsyncClient, person: Person) -> httpx.Response:
    """One try, from their device if they have one."""
    return await http.post(SIGN_IN, json=_body(person))


def _body(person: Person) -> dict[str, str]:
    known = {"device_token": person.device_token} if person.device_token else {}
    return {"email": person.email, "password": person.password, **known}


def sign_ins_a_second(service: str, people: list[Person], seconds: float) -> float:
    """All of them sign in again and again for so many seconds. An answer that is no session is an error."""

    async def run() -> float:
        started = time.perf_counter()
        counts = await asyncio.gather(*(_again_and_again(service, person, started + seconds) for person in people))
        return sum(counts) / (time.perf_counter() - started)

    # Where the sign-ins come from shares the machine with what checks them: it must cost next to nothing.
    return uvloop.run(run())


async def _again_and_again(service: str, person: Person, until: float) -> int:
    url = httpx.URL(service).join(SIGN_IN)
    request = httpx.Request("POST", url, json=_body(person))
    lines = [f"POST {SIGN_IN} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items()), "", ""]
    sent = "\r\n".join(lines).encode() + request.content
    reader, writer = await asyncio.open_connection(url.host, url.port)
    count = 0
    try:
        while time.perf_counter() < until:
            writer.write(sent)
            async with asyncio.timeout(WITHIN):
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(length_of(head))
            if not head.startswith(SIGNED_IN):
                raise AssertionError(f"a sign-in was answered {head.splitlines()[0].decode()}")
            count += 1
    finally:
        writer.close()
    return count
