"""Asks a server on loopback for one page as often as it answers: so many connections, each with one request under way.

A process of its own on a core of its own. The request comes on standard input, so that no command line shows its token.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import uvloop

from tools.local.ports import LOOPBACK

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
NOT_MODIFIED = "304"
END = b"\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to ask, for how many seconds; what is answered in the first `warm_up` of them does not count."""

    port: int
    path: str
    headers: dict[str, str]
    connections: int
    warm_up: float
    seconds: float

    @property
    def request(self) -> bytes:
        """The bytes of the one request."""
        lines = [f"GET {self.path} HTTP/1.1", f"Host: {LOOPBACK}", *(f"{k}: {v}" for k, v in self.headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What came back: answers a second, how many with which status, and the bytes of the last body."""

    per_second: float
    statuses: dict[str, int]
    body_bytes: int


class Asker(asyncio.Protocol):
    """One connection: the next request goes out when the whole answer to the last is here."""

    def __init__(self, request: bytes, statuses: Counter[str], ended: asyncio.Future[None]) -> None:
        self._request = request
        self._statuses = statuses
        self._ended = ended
        self._buffer = b""
        self._missing = 0
        self._transport: Any = None  # uvloop's are no subclasses of asyncio's
        self.body_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask first."""
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """A part of an answer: head and length first, then the body is only counted."""
        if self._missing:
            self._missing -= len(data)
        else:
            self._buffer += data
            head, end, body = self._buffer.partition(END)
            if not end:
                return
            self._buffer = b""
            status = head[9:12].decode()
            self._statuses[status] += 1
            self.body_bytes = 0 if status == NOT_MODIFIED else length_of(head)
            self._missing = self.body_bytes - len(body)
        if self._missing == 0:
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        """A server that closes meanwhile spoils the measurement."""
        if not self._ended.done():
            self._ended.set_exception(ConnectionError(f"the server closed a connection: {error or 'no reason given'}"))

    def close(self) -> None:
        """End the connection, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()

    def _ask(self) -> None:
        self._transport.write(self._request)


def length_of(head: bytes) -> int:
    """The bytes of an answer's body, by its head. ValueError."""
    if (found := LENGTH.search(head)) is None:
        raise ValueError("the server does not say how long its answer is")
    return int(found[1])


async def ask(load: Load) -> Answers:
    """Put the load on. ConnectionError if the server closes a connection meanwhile."""
    loop = asyncio.get_running_loop()
    statuses: Counter[str] = Counter()
    ended: asyncio.Future[None] = loop.create_future()
    askers = [Asker(load.request, statuses, ended) for _ in range(load.connections)]
    try:
        for asker in askers:
            await loop.create_connection(lambda asker=asker: asker, LOOPBACK, load.port)  # type: ignore[misc]  # bound at once
        await _pause(ended, load.warm_up)
        before, started = sum(statuses.values()), time.perf_counter()
        await _pause(ended, load.seconds)
        answered, seconds = sum(statuses.values()) - before, time.perf_counter() - started
    finally:
        ended.cancel()
        for asker in askers:
            asker.close()
    return Answers(per_second=answered / seconds, statuses=dict(statuses), body_bytes=askers[0].body_bytes)


async def _pause(ended: "asyncio.Future[None]", seconds: float) -> None:
    done, _ = await asyncio.wait({ended}, timeout=seconds)
    for future in done:
        future.result()


def main() -> None:
    """A Load as JSON comes in, Answers as JSON go out."""
    print(json.dumps(asdict(uvloop.run(ask(Load(**json.load(sys.stdin)))))))


if __name__ == "__main__":
    main()
