"""The main job ends the same, whatever is stopped, emptied or killed on the way."""

import asyncio
import json
import os

import pytest

from tests.e2e.conftest import on_the_way
from tests.e2e.journey import Fault, Journey
from tools.local.control import Control
from tools.local.launch import launched
from tools.toolchain import programs

pytestmark = [pytest.mark.platform, pytest.mark.timeout(240)]

CONSUMERS = ["learning", "payments", "notifications", "activity"]


def stop(*names: str) -> Fault:
    async def fault(platform: Control) -> None:
        for name in names:
            await platform.stop(name)

    return fault


def start(*names: str) -> Fault:
    async def fault(platform: Control) -> None:
        for name in names:
            await platform.start(name)
            await platform.wait_ready(name)

    return fault


def kill(*names: str) -> Fault:
    async def fault(platform: Control) -> None:
        for name in names:
            await platform.kill(name)

    return fault


async def empty_redis(platform: Control) -> None:
    """FLUSHALL, as its administrator would."""
    port = (await platform.ports())["redis"]
    password = json.loads(platform.home.secrets_file.read_text())["redis-password"]
    done = await asyncio.create_subprocess_exec(
        programs.ensure("redis-cli"),
        *("-h", "127.0.0.1", "-p", str(port), "FLUSHALL"),
        env={**os.environ, "REDISCLI_AUTH": password},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(10):
        output, _ = await done.communicate()
    assert output.strip() == b"OK"


# Where a service is not needed by the person at that moment, and what it misses while it is away.
AWAY = {
    "learning": ("pay", "Pro content opens"),
    "payments": ("pay", "the tier is pro"),
    "notifications": ("register", "the welcome mail comes"),
    "activity": ("register", 'the feed says "Upgraded to Pro"'),
}


async def test_the_main_job(journey: Journey) -> None:
    await journey.go()


@pytest.mark.parametrize("consumer", CONSUMERS)
async def test_a_consumer_that_was_stopped_in_the_middle_catches_up(consumer: str, journey: Journey) -> None:
    gone, back = AWAY[consumer]
    await journey.go(before={gone: stop(f"{consumer}-1"), back: start(f"{consumer}-1")})


@pytest.mark.parametrize("service", ["auth", *CONSUMERS])
async def test_a_service_killed_between_two_steps_loses_nothing(service: str, journey: Journey) -> None:
    await journey.go(before={"the welcome mail comes": kill(f"{service}-1"), "the tier is pro": kill(f"{service}-1")})


@pytest.mark.needs_broker
async def test_redis_emptied_between_purchase_and_projection(journey: Journey) -> None:
    async def fault(platform: Control) -> None:
        await stop("learning-1")(platform)
        await empty_redis(platform)

    await journey.go(before={"pay": fault, "Pro content opens": start("learning-1")})


@pytest.mark.needs_broker
async def test_the_broker_switched_off_all_the_way(journey: Journey) -> None:
    try:
        await journey.go(before={"register": stop("redis")})
    finally:
        await start("redis")(journey.platform)


@pytest.mark.needs_broker
async def test_it_works_at_once_after_the_broker_came_back(journey: Journey) -> None:
    await journey.go()


@pytest.mark.parametrize("options", [("--replicas", "2"), ("--broker", "off")], ids=" ".join)
async def test_the_main_job_on_another_kind_of_platform(options: tuple[str, ...]) -> None:
    async with launched(*options) as platform, on_the_way(platform) as journey:
        await journey.go()
