"""The main job ends the same, whatever is stopped, emptied or killed on the way."""

import pytest

from tests.e2e.conftest import on_the_way
from tests.e2e.journey import Fault, Journey
from tests.e2e.traces import brought_by_the_broker, trace_with, traces
from tests.local.platforms import eventually, redis
from tools.local.control import Control
from tools.local.launch import launched

pytestmark = [pytest.mark.platform, pytest.mark.timeout(240)]

CONSUMERS = ["learning", "payments", "notifications", "activity"]
# Sidecars look for a Redis that was away every few seconds, and a span is written a few seconds after its end.
AT_ONCE = 30.0


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
    async def lose_the_purchase(platform: Control) -> None:
        person = await journey.user_id()

        async def it_is_in_redis() -> bool:
            granted = (line for line in (await redis(platform, "XRANGE", "payments", "-", "+")).splitlines())
            return any(person in line and "payments.entitlement-granted.v1" in line for line in granted)

        # Payments says pro by now; that its event went to the broker is what there is to lose.
        await eventually(it_is_in_redis)
        assert await redis(platform, "FLUSHALL") == "OK"
        await start("learning-1")(platform)

    try:
        await journey.go(before={"pay": stop("learning-1"), "Pro content opens": lose_the_purchase})
    finally:
        await start("learning-1")(journey.platform)


@pytest.mark.needs_broker
async def test_the_broker_switched_off_all_the_way_and_used_again_at_once_when_it_is_back(journey: Journey) -> None:
    platform, file = journey.platform, journey.platform.home.traces
    known = set(traces(file))
    try:
        await journey.go(before={"register": stop("redis")})
        assert not brought_by_the_broker(file, known)
    finally:
        await start("redis")(platform)

    async def brings_a_registration_to_everybody() -> bool:
        before = set(traces(file))
        async with on_the_way(platform) as somebody:
            await somebody.register()
            await somebody.read_welcome_mail()
        await trace_with(file, "POST /api/auth/v1/users", before, {"auth"})
        return set(CONSUMERS) <= brought_by_the_broker(file, known)

    await eventually(brings_a_registration_to_everybody, within=AT_ONCE)


async def test_the_main_job_on_two_replicas_of_every_service(replicated: Control) -> None:
    async with on_the_way(replicated) as journey:
        await journey.go()


@pytest.mark.needs_broker  # without one, every test here is this one
async def test_the_main_job_without_a_broker() -> None:
    async with launched("--broker=off") as platform, on_the_way(platform) as journey:
        await journey.go()
