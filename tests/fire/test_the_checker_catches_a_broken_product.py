"""Negative controls: a product that is broken on purpose, under the fire that brings it out, is found out by the checker."""

from pathlib import Path

import pytest

from tests.fire.breakages import QUICK, THOROUGH, Breakage, broken_copy
from tests.fire.load import load_on
from tests.fire.scene import scene

pytestmark = pytest.mark.timeout(300)


@pytest.mark.platform
@pytest.mark.needs_broker
@pytest.mark.parametrize("breakage", QUICK, ids=str)
async def test_a_breakage_is_caught(breakage: Breakage, tmp_path: Path) -> None:
    await is_caught(breakage, tmp_path)


@pytest.mark.deep
@pytest.mark.needs_broker
@pytest.mark.parametrize("breakage", THOROUGH, ids=str)
async def test_a_breakage_that_takes_longer_is_caught(breakage: Breakage, tmp_path: Path) -> None:
    await is_caught(breakage, tmp_path)


async def is_caught(breakage: Breakage, folder: Path) -> None:
    copy = broken_copy(folder / "copy", breakage)
    async with scene(folder / "ledger.jsonl", root=copy) as stage:
        async with load_on(stage.town, stage.course, learners=5) as load:
            await breakage.fire(stage, load)
        await stage.settle(within=breakage.settles_within)
        findings = await stage.judge()
    assert breakage.found in findings.kinds
