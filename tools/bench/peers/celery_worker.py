"""Celery on Redis, with late acknowledgement as its documentation advises for idempotent tasks."""

from collections.abc import Sequence
from typing import Any

import psycopg
from celery import Celery  # type: ignore[import-untyped] # it has no types
from celery.signals import worker_process_init  # type: ignore[import-untyped] # as above

from tools.bench.peers import work

app = Celery("bench", broker=work.REDIS)
app.conf.update(task_acks_late=True, task_ignore_result=True, broker_connection_retry_on_startup=True)
connections: list[psycopg.Connection] = []


@worker_process_init.connect  # type: ignore[untyped-decorator] # as above
def start(**_: Any) -> None:
    """Connect once per process."""
    connections.append(psycopg.connect(work.DATABASE, autocommit=True))


@app.task(name="on_event")  # type: ignore[untyped-decorator] # as above
def on_event(message: dict[str, Any]) -> None:
    """Handle one message."""
    work.handle_sync(connections[0], message)


async def publish(messages: Sequence[Any]) -> None:
    """Lay the backlog down."""
    for message in messages:
        on_event.delay(message)
