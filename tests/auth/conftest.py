"""The auth service as it really is, with a token key and a demonstration password of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.auth.main import create_app
from services.auth.settings import Settings
from tests.auth.stores import Made, in_dictionaries, in_postgres
from tests.running import Running, running

SECRETS = {
    "auth-token-key": "5eed" * 16,
    "auth-cursor-key": "c0de" * 16,
    "auth-demo-password": "amber-birch-candle-dahlia-ember-finch",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def auth(database_url: str) -> AsyncIterator[Running]:
    """One running service a module."""
    async with running(create_app, Settings, database_url, secrets=SECRETS) as run:
        yield run


@pytest.fixture(params=["fake", "postgres"])
def make(request: pytest.FixtureRequest, auth: Running) -> Made:
    """Both, one after the other."""
    return in_postgres(auth) if request.param == "postgres" else in_dictionaries()
