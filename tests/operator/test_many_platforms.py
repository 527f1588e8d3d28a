"""Ten platforms at once on kwok's nodes, and with `make bench-operator` a hundred: all come, all change, and then nothing moves."""

import os
import time
from collections.abc import Iterator

import pytest

from tests.cluster.clusters import told
from tests.operator.conftest import know_everything
from tests.operator.fleet import Fleet, cores, helm_seconds, metered, nodes
from tests.operator.replicas import Platform, a_replica, eventually, revisions
from tests.operator.server import Server
from tools.bench.figures import Figure
from tools.database.services import services

FEW, MANY = 10, int(os.environ.get("CODEZEST_CODEZESTS", "100"))
HELMS = 2
SECONDS_A_RELEASE = 12.0  # more is a mistake, however slow the machine
RESTS = 30.0
MOST_MEMORY = 200.0  # MiB
# fluxcd/flux-benchmark, as of June 2026: Helm releases of one small chart, on 16 cores.
FLUX = "Flux: 100 releases in 27 s, 1,000 in 492 s, on 16 cores"


@pytest.fixture(
    params=[
        pytest.param(FEW, marks=[pytest.mark.cluster, pytest.mark.timeout(1200)], id="few"),
        pytest.param(MANY, marks=[pytest.mark.bench, pytest.mark.timeout(14_400)], id="many"),
    ]
)
def fleet(request: pytest.FixtureRequest, server: Server, platform: Platform) -> Iterator[Fleet]:
    know_everything(server)
    interval = "30s" if request.param == FEW else "5m"
    with nodes(server), a_replica(server, "admiral", CODEZEST_OPERATOR_HELMS=str(HELMS)) as operator:
        yield Fleet(server=server, operator=operator, platform=platform, size=request.param, interval=interval)


def test_all_come_change_and_rest(fleet: Fleet) -> None:
    most = SECONDS_A_RELEASE * fleet.releases
    with metered(fleet.operator) as meter:
        fleet.come()
        came = fleet.wait(within=most)
        report(f"{fleet.size} platforms", came, fleet.releases, helm_seconds(fleet.operator))
        before, helms = {space: revisions(fleet.server, space) for space in fleet.spaces}, fleet.helms()
        assert helms == {"upgrade": fleet.releases}, "each release was installed once"
        fleet.tell(services={"auth": {"env": {"CODEZEST_REQUEST_SECONDS": "20"}}})
        changed = fleet.wait(within=most)
        report("one release of each changed", changed, fleet.size, helm_seconds(fleet.operator))
        for space in fleet.spaces:
            assert revisions(fleet.server, space) == {**before[space], "auth": before[space]["auth"] + 1}
        resync(fleet)
    told(
        str(
            Figure(
                name="memory of the operator, its helms left out",
                value=meter.memory,
                unit="MiB",
                gate=MOST_MEMORY,
                goal=MOST_MEMORY / 2,
                at_most=True,
            )
        )
    )
    assert meter.helms <= HELMS, "they roll one after another"
    assert meter.memory <= MOST_MEMORY


def resync(fleet: Fleet) -> None:
    """A full look at each, for which its interval has come: nothing is written, and helm does not run."""
    helms, began = fleet.helms(), time.monotonic()
    time.sleep(2)  # what the last change has brought about is over
    versions, passes = fleet.versions(), fleet.operator.metric("codezest_operator_passes_total")
    interval = 30.0 if fleet.size == FEW else 300.0

    def looked() -> bool:
        return fleet.operator.metric("codezest_operator_passes_total") >= passes + fleet.size

    eventually(looked, "each was looked at again", within=2 * interval + RESTS)
    told(f"resync: {fleet.size} platforms looked at within {time.monotonic() - began:.0f} s")
    assert fleet.versions() == versions
    assert fleet.helms() == helms


def report(what: str, seconds: float, releases: int, helm: float) -> None:
    told(
        f"{what}: {releases} releases in {seconds:.0f} s, {seconds / releases:.2f} s each on {cores()} cores "
        f"(helm's own time so far {helm:.0f} s). {FLUX}. {len(services())} services a platform"
    )
