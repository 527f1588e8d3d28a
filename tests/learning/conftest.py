"""The learning service on a database of its own, and courses in it."""

from collections.abc import AsyncIterator

import pytest

from services.learning.main import create_app
from services.learning.settings import Settings
from tests.running import Running, running


@pytest.fixture(scope="module")
async def run(database_url: str) -> AsyncIterator[Running]:
    """The service, as it starts in production: with the starter course imported."""
    async with running(create_app, Settings, database_url) as running_service:
        yield running_service
