"""An installation by the charts as they were before their last change is upgraded to the present ones, and goes on."""

import json
import subprocess
from typing import Any

import pytest

from tests.cluster.clusters import COMMAND_WITHIN, told
from tests.cluster.installation import Installation, people
from tools.database.services import services
from tools.demo.walk import Walk
from tools.toolchain import programs

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]


def history(installation: Installation, release: str) -> list[dict[str, Any]]:
    command = [str(programs.ensure("helm")), "history", release, *installation.target.flags, "--output=json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_WITHIN, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("release", ["platform", *services()])
def test_the_release_was_upgraded_and_none_of_its_hooks_failed(installation: Installation, release: str) -> None:
    first, second, *_ = history(installation, release)
    assert first["status"] == "superseded"
    assert second["status"] in {"deployed", "superseded"}
    job = installation.get("job", "bootstrap" if release == "platform" else f"{release}-migration")
    assert (job["status"]["succeeded"], job["status"].get("failed", 0)) == (1, 0)


async def test_who_was_there_before_is_there_after(installation: Installation) -> None:
    told(f"upgraded from the charts of {installation.earlier}")
    async with people() as client:
        way = Walk(installation.addresses, client, installation.learner)
        await way.sign_in()
        await way._until("the feed of who came before", way.feed)
        assert {"Joined CodeZest", "Verified their e-mail address"} <= set(await way.feed())
