"""Platforms of their own for the tests in this folder, started as `make up` starts one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.e2e.journey import Journey
from tools.demo.walk import Addresses
from tools.local.control import Control
from tools.local.launch import launched


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The option of `up` that says whether the platforms of this run have a broker."""
    return "--broker", str(request.config.getoption("broker"))


@pytest.fixture(scope="session")
async def platform(broker: tuple[str, str]) -> AsyncIterator[Control]:
    """One platform for the session; `--broker=off` starts it without Redis."""
    async with launched(*broker) as control:
        yield control


@pytest.fixture
async def journey(platform: Control) -> AsyncIterator[Journey]:
    """Somebody new on that platform."""
    async with on_the_way(platform) as journey:
        yield journey


@asynccontextmanager
async def on_the_way(platform: Control) -> AsyncIterator[Journey]:
    """Somebody new on `platform`."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        yield Journey(platform, Addresses.of(await platform.ports()), client)
