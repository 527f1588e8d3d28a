"""Two CodeZests in two namespaces, and one that is deleted and made again: each minds its own."""

import pytest

from tests.cluster.clusters import told
from tests.cluster.installation import people
from tests.operator.on_a_cluster.control import Control, eventually, make_room, school
from tools.database.services import services
from tools.demo.walk import Learner, Walk

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

OTHER, HOST = "academy", "academy.localhost"
FEW = {name: {"enabled": name in ("auth", "learning")} for name in services()}
SAID_WITHIN = 30
GONE_WITHIN = 120


def test_another_platform_comes_and_goes_without_a_trace_in_the_first(control: Control, space: str) -> None:
    before, pods = control.revisions(space), control.pods(space)
    make_room(control, OTHER)
    control.apply(school(control, OTHER, services=FEW))
    stalled = eventually(lambda: control.condition(OTHER, "Stalled"), "the host is taken", within=SAID_WITHIN)
    assert stalled["reason"] == "HostTaken"
    assert space in stalled["message"]
    began = control.apply(school(control, OTHER, HOST, services=FEW))
    control.wait_until_ready(OTHER)
    assert set(control.revisions(OTHER)) == {"platform", "auth", "learning"}
    told(f"the second is ready at {control.url(HOST)}, began at {began:.0f}")
    delete(control, OTHER)
    assert control.revisions(OTHER) == {}
    assert (control.revisions(space), control.pods(space)) == (before, pods)


async def test_a_platform_that_is_made_again_has_its_data(control: Control, space: str) -> None:
    async with people() as client:
        way = Walk(control.addresses, client, Learner.somebody_new())
        for step in (way.register, way.read_welcome_mail, way.verify):
            await step()
        delete(control, space)
        here = f"--namespace={space}"
        assert control.cluster.get("deployments", here)["items"] == []
        control.apply(school(control, space))
        control.wait_until_ready(space)
        await way.sign_in()
        assert way.learner.token


def delete(control: Control, space: str) -> None:
    control.cluster.kubectl(
        "delete", "codezest/school", f"--namespace={space}", f"--timeout={GONE_WITHIN}s", within=GONE_WITHIN + 10
    )
