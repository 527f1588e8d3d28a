"""FastStream on a Redis stream with a consumer group, as its documentation shows it."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import uvloop
from faststream import AckPolicy, FastStream
from faststream.redis import RedisBroker, StreamSub

from tools.bench.peers import work

STREAM = "faststream"

broker = RedisBroker(work.REDIS, log_level=logging.DEBUG)  # else it writes two lines a message
app = FastStream(broker)


async def publish(messages: Sequence[Any]) -> None:
    """Lay the backlog down."""
    async with RedisBroker(work.REDIS) as publisher:
        for some in work.portions(messages):
            await asyncio.gather(*(publisher.publish(message, stream=STREAM) for message in some))


async def main() -> None:
    """Work until terminated."""
    pool = await work.connect(1)
    stream = StreamSub(STREAM, group="bench", consumer="one", last_id="0")

    @broker.subscriber(stream=stream, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def on_event(message: dict[str, Any]) -> None:
        await work.handle(pool, message)

    await app.run()


if __name__ == "__main__":
    uvloop.run(main())
