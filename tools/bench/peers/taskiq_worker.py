"""taskiq on a Redis stream, the broker of its documentation that acknowledges."""

import asyncio
from collections.abc import Sequence
from typing import Any

from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from tools.bench.peers import work

CONNECTIONS = 10

broker = RedisStreamBroker(work.REDIS, queue_name="taskiq", consumer_id="0")


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(state: TaskiqState) -> None:
    """Connect once per process."""
    state.pool = await work.connect(CONNECTIONS)


@broker.task
async def on_event(message: dict[str, Any]) -> None:
    """Handle one message."""
    await work.handle(broker.state.pool, message)


async def publish(messages: Sequence[Any]) -> None:
    """Lay the backlog down."""
    await broker.startup()
    for some in work.portions(messages):
        await asyncio.gather(*(on_event.kiq(message) for message in some))
    await broker.shutdown()
