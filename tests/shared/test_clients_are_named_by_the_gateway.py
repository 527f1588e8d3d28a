"""A client's address is what a trusted gateway wrote, and never what the client itself put into the header."""

from typing import Any

import pytest
from starlette.types import Message

from shared.http.forwarded import believing

PRIVATE = "127.0.0.1,::1,10.0.0.0/8"
GATEWAY, CLIENT, COLLEAGUE, INVENTED = "10.0.0.9", "203.0.113.7", "10.1.2.3", "198.51.100.1"


async def client_of(peer: str, *said: str, proxies: int = 1) -> str:
    """Who the app takes a request for."""
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    async def ignored(_: Message) -> None: ...

    headers = [(b"host", b"x"), *((b"x-forwarded-for", value.encode()) for value in said)]
    scope = {"type": "http", "client": (peer, 4711), "headers": headers, "scheme": "http"}
    await believing(app, trusted=PRIVATE, proxies=proxies)(scope, nothing, ignored)
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "said", "proxies", "client"),
    [
        (GATEWAY, [CLIENT], 1, CLIENT),
        (GATEWAY, [f"{INVENTED}, {CLIENT}"], 1, CLIENT),
        (GATEWAY, [INVENTED, CLIENT], 1, CLIENT),
        (GATEWAY, [f"{INVENTED}, {COLLEAGUE}"], 1, COLLEAGUE),
        (GATEWAY, [f"{CLIENT}, 10.0.0.5"], 2, CLIENT),
        (GATEWAY, [f"{INVENTED}, {CLIENT}, 10.0.0.5"], 2, CLIENT),
        (GATEWAY, [], 1, GATEWAY),
        (GATEWAY, [""], 1, GATEWAY),
        (CLIENT, [INVENTED], 1, CLIENT),
    ],
    ids=[
        "one gateway",
        "a client that invents",
        "in a header of its own",
        "a client in the gateway's own network that invents",
        "two gateways",
        "two gateways and a client that invents",
        "a gateway that says nothing",
        "a gateway that says an empty thing",
        "past the gateway",
    ],
)
async def test_the_client_is_who_came_to_the_outermost_gateway(
    peer: str, said: list[str], proxies: int, client: str
) -> None:
    assert await client_of(peer, *said, proxies=proxies) == client
