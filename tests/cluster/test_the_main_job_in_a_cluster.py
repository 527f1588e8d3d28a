"""The whole platform by its charts on a real Kubernetes, and the main job through its ingress, read back as traces."""

from pathlib import Path

import pytest

from tests.cluster.clusters import Cluster, told
from tests.cluster.containers import containers
from tests.cluster.installation import Installation
from tests.cluster.world import WORLD, ByIngress
from tests.e2e.traces import trace_with, traces
from tools.database.services import services
from tools.demo.walk import walk

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]

SERVICES = set(services())


async def test_somebody_registers_buys_pro_and_the_feed_says_so(installation: Installation) -> None:
    async def step(name: str, seconds: float) -> None:
        told(f"{name}: {seconds * 1000:.0f} ms")

    file = written_traces(installation.cluster)
    known = set(traces(file))
    await walk(installation.addresses, after_step=step, transport=ByIngress())
    spans = await trace_with(file, "POST /api/auth/v1/users", known, SERVICES)
    names = {(span.service, span.name) for span in spans}
    assert ("notifications", "send welcome") in names
    assert ("activity", "apply learning.enrolled.v1") in names
    told(f"one trace of {len(spans)} spans, from registering to the welcome mail, in every service and sidecar")


def written_traces(cluster: Cluster) -> Path:
    """What the platform's collector has sent on to where its traces are kept."""
    (backend,) = containers(cluster, f"--namespace={WORLD}", "--selector=app=traces")
    return Path(f"/proc/{backend.process.pid}/root/tmp/traces.jsonl")
