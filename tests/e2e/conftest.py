"""Platforms of their own for the tests in this folder, started as `make up` starts one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.e2e.journey import Journey
from tools.demo.walk import Addresses
from tools.local.control import Control
from tools.local.launch import launched


@pytest.fixture(scope="package")
async def replicated(broker: tuple[str, str]) -> AsyncIterator[Control]:
    """A platform with two replicas of every service, for all tests of this folder that want one."""
    async with launched(*broker, "--replicas=2", "--without=zipkin", within=240) as control:
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
