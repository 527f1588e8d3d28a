"""Steady load, every kind of process killed, the broker emptied, handlers that fail: nothing lost, nothing doubled."""

from pathlib import Path

import pytest

from tests.fire.checker.findings import KINDS
from tests.fire.fires import (
    broker_away,
    failing_handlers,
    failing_log,
    forgotten_announcements,
    repeated_announcements,
    unrecorded_mail,
)
from tests.fire.load import load_on
from tests.fire.scene import Scene, scene

pytestmark = pytest.mark.needs_broker

ONE_OF_EACH = (
    ("learning-1",),
    ("notifications-1", "activity-1"),
    ("learning-1.sidecar", "activity-1.sidecar"),
    ("redis",),
    ("postgres",),
)
ALL = (("auth-1", "auth-1.sidecar"), ("payments-1", "payments-1.sidecar", "notifications-1.sidecar"), *ONE_OF_EACH)
ROUNDS = 3


@pytest.mark.platform
@pytest.mark.timeout(300)
async def test_one_kill_of_each_an_emptied_broker_and_a_poisoned_person(tmp_path: Path) -> None:
    async with scene(tmp_path / "ledger.jsonl") as stage:
        faults = stage.faults
        async with load_on(stage.town, stage.course, learners=5, buyers=2) as load:
            victim = await stage.admin.user_id(load.learners[-1].email)
            poison = await faults.poison("activity", victim)
            for names in ONE_OF_EACH:
                await faults.kill(*names)
                await load.more(5)
            await faults.empty_redis()
            await load.more(10)
            await stage.heal(poison)
        await stage.settle()
        await nothing_is_wrong(stage)


@pytest.mark.deep
@pytest.mark.timeout(1200)
async def test_three_kills_of_each_and_every_fault_there_is(tmp_path: Path) -> None:
    async with scene(tmp_path / "ledger.jsonl") as stage:
        faults = stage.faults
        async with load_on(stage.town, stage.course, learners=6, buyers=3) as load:
            for number in range(ROUNDS):
                poison = await faults.poison("activity", await stage.admin.user_id(load.learners[number].email))
                for names in ALL:
                    await faults.kill(*names)
                    await load.more(20)
                await faults.empty_redis()
                await stage.heal(poison)
                for fire in (failing_handlers, repeated_announcements, broker_away, failing_log, unrecorded_mail):
                    await fire(stage, load)
            await forgotten_announcements(stage, load)
        await stage.settle(within=300)
        await nothing_is_wrong(stage)


async def nothing_is_wrong(stage: Scene) -> None:
    findings = await stage.judge()
    assert findings.wrong == {kind: [] for kind in KINDS}
    calm = [fault for fault in stage.faults.landed if stage.faults.around(fault)[0] == 0]
    assert not calm, f"nobody was doing anything when this came: {calm}"
