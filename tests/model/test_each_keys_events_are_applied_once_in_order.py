"""The model of the event path: whatever happens to it, each key's events are applied once, in order.

CODEZEST_MODEL_EXAMPLES is how many stories are told in all, CODEZEST_MODEL_SHARDS into how many tests they are split.
CODEZEST_MODEL_SHRINK=0 stops at the first story that fails instead of looking for the shortest (minutes).
"""

import asyncio
import logging
import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import URL

from tests.model.ground import Ground
from tests.model.machine import EventPath
from tests.model.world import World
from tests.shared.conftest import statement

EXAMPLES = int(os.environ.get("CODEZEST_MODEL_EXAMPLES", "100"))
SHARDS = int(os.environ.get("CODEZEST_MODEL_SHARDS", "1"))
EXAMPLES_OF_A_SHARD = -(-EXAMPLES // SHARDS)
PHASES = tuple(Phase) if os.environ.get("CODEZEST_MODEL_SHRINK", "1") == "1" else (Phase.generate,)
STEPS = 20  # rules; most are several operations
SECONDS_AN_EXAMPLE = 5  # on a slow machine that does other things, too

NOISY = ("shared.bus", "sqlalchemy.pool")  # they tell, rightly and at length, of every failure that the model makes


@pytest.fixture
def quiet() -> Iterator[None]:
    """Hear nothing of failures that are meant."""
    levels = {name: logging.getLogger(name).level for name in NOISY}
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """A loop of the model's own."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def world(postgres: URL, runner: asyncio.Runner) -> Iterator[World]:
    """Both services on a fresh database."""
    name = f"model_{uuid4().hex[:12]}"
    runner.run(statement(postgres, f"create database {name}"))
    ground = Ground(postgres.set(database=name))
    runner.run(ground.open())
    world = World(ground)
    yield world
    runner.run(world.close())
    runner.run(ground.close())
    runner.run(statement(postgres, f"drop database {name} with (force)"))


@pytest.mark.model
@pytest.mark.timeout(60 + SECONDS_AN_EXAMPLE * EXAMPLES_OF_A_SHARD)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_event_path_converges(shard: int, world: World, runner: asyncio.Runner) -> None:
    class Story(EventPath):
        pass

    Story.world, Story.runner = world, runner
    stable = settings.get_profile(settings.get_current_profile_name()).derandomize
    machine = seed(shard)(Story) if stable else Story  # shards must differ, also where nothing is random
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES_OF_A_SHARD,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=PHASES,
            report_multiple_bugs=False,
        ),
    )
