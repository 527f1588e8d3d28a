"""Who a request comes from, when a gateway says so: uvicorn believes trusted peers, and this leaves it only what they wrote.

In X-Forwarded-For each proxy adds, at the end, who came to it. What stands before that is the client's own invention: it must
not count even where clients have addresses out of a trusted range, as in a company's own network.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

FORWARDED = b"x-forwarded-for"


def believing(app: ASGIApp, *, trusted: str, proxies: int) -> ASGIApp:
    """The app, told of clients by `trusted` peers (addresses and networks, by commas), of which `proxies` stand in a row."""
    known = ProxyHeadersMiddleware(app, trusted_hosts=trusted)  # type: ignore[arg-type]  # uvicorn's types of the same

    async def from_nearest(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = _nearest(scope["headers"], proxies)
        await known(scope, receive, send)  # type: ignore[arg-type]

    return from_nearest


def _nearest(headers: Iterable[tuple[bytes, bytes]], proxies: int) -> list[tuple[bytes, bytes]]:
    headers = list(headers)
    said = [value for name, value in headers if name == FORWARDED]
    if not said:
        return headers
    written = b",".join(said).split(b",")[-proxies:]
    return [*((name, value) for name, value in headers if name != FORWARDED), (FORWARDED, b",".join(written))]
