"""What every peer does with a message, by the fastest driver of its kind: inbox and effect in one commit."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import asyncpg
import psycopg

from shared.events.learning import LessonCompleted

REDIS = os.environ["CODEZEST_BENCH_REDIS"]
DATABASE = os.environ["CODEZEST_BENCH_DATABASE"]

INBOX = "insert into bench.inbox (id) values ($1) on conflict do nothing returning id"
EFFECT = "insert into bench.effect (event_id, user_id, verb, params) values ($1, $2, 'lesson-completed', $3)"
SYNC_INBOX = INBOX.replace("$1", "%s")
SYNC_EFFECT = EFFECT.replace("$1", "%s").replace("$2", "%s").replace("$3", "%s")


async def connect(size: int) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool as big as the peer's concurrency."""
    return await asyncpg.create_pool(DATABASE, min_size=size, max_size=size)


async def handle(pool: "asyncpg.Pool[asyncpg.Record]", message: Mapping[str, Any]) -> None:
    """Once per event: a message that came before changes nothing."""
    row = _row_of(message)
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(INBOX, row[0]):
            await connection.execute(EFFECT, *row)


def handle_sync(connection: psycopg.Connection, message: Mapping[str, Any]) -> None:
    """As `handle`, for a peer without asyncio."""
    row = _row_of(message)
    with connection.transaction():
        if connection.execute(SYNC_INBOX, row[:1]).fetchone():
            connection.execute(SYNC_EFFECT, row)


def _row_of(message: Mapping[str, Any]) -> tuple[str, str, str]:
    """The effect: event's id, person, parameters as JSON. The fact is validated as a lane validates it."""
    event = LessonCompleted.receive(message["data"])
    params = {"course_id": str(event.course_id), "lesson_title": event.lesson_title}
    return message["id"], str(event.user_id), json.dumps(params)


def portions(messages: Sequence[Any], size: int = 50) -> Iterator[Sequence[Any]]:
    """So many at once as a publisher's connections take."""
    for start in range(0, len(messages), size):
        yield messages[start : start + size]
