"""A mail server for each test, and the service started against it, as often as the test likes, on one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.notifications.main import create_app
from services.notifications.settings import Settings
from shared.bus.envelope import Envelope
from tests.fakes import Answer
from tests.notifications.mailserver import MailServer, mail_server
from tests.notifications.service import ASK, Start, who
from tests.running import Running, running


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as listening:
        yield listening


@pytest.fixture(scope="module")
def stated() -> dict[str, list[Envelope]]:
    """What each source's log holds, for all starts on this module's database."""
    return {}


@pytest.fixture
def start(server: MailServer, database_url: str, stated: dict[str, list[Envelope]]) -> Start:
    @asynccontextmanager
    async def run(answer: Answer = who, **settings: Any) -> AsyncIterator[Running]:
        where: dict[str, Any] = {**settings, "smtp_host": "127.0.0.1", "smtp_port": server.port}
        async with running(create_app, Settings, database_url, answers={ASK: answer}, **where) as service:
            for source, log in service.logs.items():
                log.events = stated.setdefault(source, [])
            yield service

    return run
