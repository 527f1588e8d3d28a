"""The HTTP benchmark counts whole answers, and none of the wrong kind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tools.bench.figures import Figure
from tools.bench.http import ratio
from tools.bench.http_load import Load, ask
from tools.bench.http_servers import Side
from tools.local.ports import LOOPBACK

pytestmark = pytest.mark.thorough

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"


@asynccontextmanager
async def server(head: bytes, *parts: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers every request with `head`, then `parts`, each sent by itself; yields the port and the requests."""
    asked: list[bytes] = []
    served: set[asyncio.Task[None] | None] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                asked.append(request)
                for part in (head, *parts):
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    listening = await asyncio.start_server(answer, LOOPBACK, 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], asked
    await asyncio.gather(*filter(None, served))


def load(port: int) -> Load:
    return Load(port=port, path="/x", headers={"A": "b"}, connections=3, warm_up=0.05, seconds=0.2)


async def test_an_answer_counts_when_all_of_it_is_here() -> None:
    async with server(OK, b"x" * 6000, b"x" * 4000) as (port, asked):
        answers = await ask(load(port))
    assert answers.body_bytes == 10_000
    assert set(answers.statuses) == {"200"}
    assert answers.statuses["200"] <= len(asked) <= answers.statuses["200"] + 3
    assert set(asked) == {b"GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\nA: b\r\n\r\n"}


async def test_every_status_is_told() -> None:
    async with server(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n", b"no") as (port, _):
        assert set((await ask(load(port))).statuses) == {"500"}


async def test_an_answer_without_a_body_is_whole() -> None:
    async with server(b"HTTP/1.1 304 Not Modified\r\n\r\n") as (port, _):
        assert (await ask(load(port))).statuses["304"] > 1


async def test_a_rate_of_the_wrong_status_is_none() -> None:
    async with server(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n") as (port, _):
        side = Side(name="a locked door", port=port, path="/x", headers={})
        with pytest.raises(AssertionError, match=r"a locked door answered .*401"):
            await side.rate(0.1, warm_up=0.0)


async def test_a_rate_of_another_payload_is_none() -> None:
    async with server(OK, b"x" * 10_000) as (port, _):
        side = Side(name="too much", port=port, path="/x", headers={})
        with pytest.raises(AssertionError, match="too much answered 10000 bytes"):
            await ratio("a race", side, side, gate=1, goal=1)


@pytest.mark.parametrize(("value", "passed"), [(0.29, False), (0.30, True)])
def test_a_figure_below_its_gate_fails(value: float, passed: bool) -> None:  # noqa: FBT001
    assert Figure(name="a list", value=value, unit="x", gate=0.30, goal=0.45).passed is passed
