from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.stripe.running import Receiver, Shop, Standin

# Stripe's own httpx client hands text over as `data=`, which httpx deprecates; it is not ours to change.
_NOT_OURS = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw bytes/text content:DeprecationWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(_NOT_OURS)


@asynccontextmanager
async def open_shop(standin: Standin, receiver: Receiver) -> AsyncIterator[Shop]:
    client = standin.client()
    browser = httpx.AsyncClient(base_url=standin.url, trust_env=False, timeout=10)
    try:
        yield Shop(standin, receiver, client, browser)
    finally:
        await browser.aclose()
        await standin.close_client(client)
        standin.stop()
        receiver.stop()


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """One instance for all tests of a file, each of which makes its own customers."""
    receiver = Receiver()
    receiver.start()
    standin = Standin(tmp_path_factory.mktemp("stripe"), receiver.url)
    await standin.start()
    async with open_shop(standin, receiver) as opened:
        yield opened


@pytest.fixture
async def own_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """An instance of the test's own, to be killed; nobody listens for its webhooks until the receiver is started."""
    receiver = Receiver()
    standin = Standin(tmp_path / "stripe", receiver.url)
    await standin.start()
    async with open_shop(standin, receiver) as opened:
        yield opened
