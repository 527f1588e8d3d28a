"""In a cluster nobody is an admin until whoever may run commands in auth's container says so."""

import dataclasses

import pytest

from tests.cluster.installation import NAMESPACE, Installation, people
from tools.demo.walk import Walk

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(120)]


def told_auth(installation: Installation, *words: str) -> str:
    """What a command in auth's container printed."""
    command = ["deployment/auth", "--container=auth", "--", "python", "-m", "services.auth.commands", *words]
    return installation.cluster.kubectl("exec", f"--namespace={NAMESPACE}", *command)


async def test_who_was_made_an_admin_may_search_people(installation: Installation) -> None:
    about = ("--email", installation.learner.email, "--role", "admin", "--reason", "looks after the platform")
    assert told_auth(installation, "grant", *about) == f"{installation.learner.email} has the role admin.\n"
    try:
        async with people() as client:
            way = Walk(installation.addresses, client, dataclasses.replace(installation.learner))
            await way.sign_in()
            url = f"{installation.addresses.gateway}/api/auth/v1/users"
            assert (await client.get(url, headers=way.learner.headers)).is_success
    finally:
        assert told_auth(installation, "revoke-role", *about) == f"{installation.learner.email} has no role.\n"
