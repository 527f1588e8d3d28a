"""How long a service takes in a new pod from the start of its container until it is ready, its sidecar's start included."""

import os
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.cluster.clusters import told
from tests.cluster.containers import containers, step_in
from tests.cluster.installation import NAMESPACE, Installation
from tools.database.services import services

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

GOAL = 1.5
# The goal is for a machine at rest; whatever else this one does, more than this is a mistake.
AT_MOST = 30.0
NEW_WITHIN = 60.0
PORT = "8000"
COMMAND = ["python", "-m", "shared.http.serve"]
POLL = 0.05
SETTLED = 5.0
AT_REST = 20.0  # percent of all cores
RESTS_WITHIN = 30.0


@pytest.mark.parametrize("service", services())
def test_a_new_pod_is_ready_soon_after_its_start(installation: Installation, service: str) -> None:
    cluster = installation.cluster
    chosen = [
        f"--namespace={NAMESPACE}",
        f"--selector=app.kubernetes.io/name={service},app.kubernetes.io/component=service",
    ]
    before = {one.pod for one in containers(cluster, *chosen)}
    busy = the_machine_rests()
    known = set(psutil.pids())
    cluster.kubectl("delete", "pod", *before, f"--namespace={NAMESPACE}", "--wait=false")
    new = next_process(service, known)
    took = float(step_in(new, "tests.cluster.awaited", PORT)) - started(new)
    spent = sum(new.cpu_times()[:2])
    told(
        f"{service}: ready {took:.2f} s after its container's start (goal {GOAL} s), of which it worked {spent:.2f} s; "
        f"{busy:.0f} % of the machine were busy before"
    )
    assert took < AT_MOST
    cluster.kubectl(
        "rollout", "status", f"deployment/{service}", f"--namespace={NAMESPACE}", "--timeout=60s", within=70
    )


def the_machine_rests() -> float:
    """Wait for the end of what came before, an installation for example; returns how busy the machine still is (percent)."""
    ends = time.monotonic() + RESTS_WITHIN
    while (busy := psutil.cpu_percent(interval=1.0)) > AT_REST and time.monotonic() < ends:
        pass
    return busy


def next_process(service: str, known: set[int]) -> psutil.Process:
    """The service's process in the pod that comes. Only new processes are looked at: looking must not slow down what is measured."""
    ends, passed = time.monotonic() + NEW_WITHIN, set(known)
    while time.monotonic() < ends:
        for pid in set(psutil.pids()) - passed:
            with suppress(psutil.Error, OSError):
                process = psutil.Process(pid)
                if process.cmdline()[-len(COMMAND) :] == COMMAND and process.environ()["CODEZEST_SERVICE"] == service:
                    return process
                if time.time() - process.create_time() > SETTLED:
                    passed.add(pid)  # it has long become what it is
        time.sleep(POLL)
    raise AssertionError(f"no new process of {service} within {NEW_WITHIN:.0f} s")


def started(process: psutil.Process) -> float:
    """When it did, in seconds since the machine's start."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
