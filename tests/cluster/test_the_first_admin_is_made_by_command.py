"""In a cluster nobody is an admin until whoever may run commands in auth's container says so, in the words people are shown."""

import dataclasses
import re
import shlex
import subprocess

import pytest

from tests.cluster.clusters import REPOSITORY
from tests.cluster.installation import NAMESPACE, Installation, people
from tests.local.platforms import eventually
from tools.demo.walk import Walk
from tools.toolchain import programs

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

SHOWN = "ada@example.com"
HELM_WITHIN = 30
STATED_WITHIN = 10


def said_after_the_install(installation: Installation) -> str:
    """What helm told whoever installed the platform."""
    flags = [f"--kubeconfig={installation.cluster.home.kubeconfig}", f"--namespace={NAMESPACE}"]
    command = [str(programs.ensure("helm")), "get", "notes", "platform", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=HELM_WITHIN, check=True).stdout


def command_in(text: str) -> list[str]:
    """The words after `kubectl` by which the text makes somebody an admin."""
    (found,) = re.findall(r"^ *kubectl (.* grant .*)$", text.replace("\\\n", " "), re.MULTILINE)
    return shlex.split(found)


@pytest.mark.parametrize("where", ["what helm says", "docs/install.md", "docs/operations.md"])
async def test_who_was_made_an_admin_may_search_people(installation: Installation, where: str) -> None:
    page = REPOSITORY / where
    text = page.read_text() if page.is_file() else said_after_the_install(installation)
    email = installation.learner.email
    command = [email if word == SHOWN else word for word in command_in(text)]
    assert installation.cluster.kubectl(*command) == f"{email} has the role admin.\n"
    try:
        async with people() as client:
            way = Walk(installation.addresses, client, dataclasses.replace(installation.learner))
            await way.sign_in()
            url = f"{installation.addresses.gateway}/api/auth/v1/users"

            async def they_may() -> bool:
                return (await client.get(url, headers=way.learner.headers)).is_success

            await eventually(they_may, within=STATED_WITHIN)  # a role taken a moment ago is stated within a second, too
    finally:
        revoked = ["revoke-role" if word == "grant" else word for word in command]
        assert installation.cluster.kubectl(*revoked) == f"{email} has no role.\n"
