"""However a cluster ends, the machine is as it was before it began."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cluster.clusters import Cluster, a_cluster, eventually, told
from tests.cluster.machine import Findings, alive, came, family, machine, nothing_came
from tools.cluster.cgroups import left_behind

pytestmark = pytest.mark.cluster

WARM = 60.0
STOPPED = 15.0
# Early, while the node's programs start, when pods begin to run, and while the last of them are waited for.
ENDS = [
    ("containerd is ready", "Ctrl-C"),
    ("apiserver is ready", "make cluster-down"),
    ("apiserver is ready", "Ctrl-C"),
    ("the node is ready", "both"),
    ("coredns works", "make cluster-down"),
]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that has not been started."""
    # Run in the background of a script, this process ignores Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    cluster = a_cluster(tmp_path / "home", index=1)
    yield cluster
    cluster.down()


def test_a_whole_life_leaves_nothing_and_is_short(fresh: Cluster) -> None:
    before = machine(fresh.home)
    began = fresh.up()
    members = family(fresh.keeper())
    assert len(members) > 15
    assert "started again" not in fresh.home.progress.read_text()
    only_groups_came(fresh, before)
    ended = fresh.down()
    told(f"a whole life: ready after {began:.1f} s, gone after {ended:.1f} s, {len(members)} processes")
    assert alive(members) == []
    nothing_came(fresh.home, before)
    assert began < WARM
    assert ended < STOPPED
    assert not fresh.home.kubeconfig.exists()
    assert list(fresh.home.node.iterdir()) == []


@pytest.mark.parametrize(("moment", "way"), ENDS)
def test_a_stop_in_the_middle_of_a_start_leaves_nothing(fresh: Cluster, moment: str, way: str) -> None:
    before = machine(fresh.home)
    starting = fresh.start_command("up")
    members = _until(fresh, moment, starting)
    began = time.monotonic()
    if way in {"Ctrl-C", "both"}:
        starting.send_signal(signal.SIGINT)
    if way in {"make cluster-down", "both"}:
        fresh.down()
    _, errors = starting.communicate(timeout=STOPPED)
    took = time.monotonic() - began
    told(f"stopped by {way} when {moment}: gone after {took:.1f} s")
    assert starting.returncode in {1, 130}, errors
    assert "Traceback" not in errors
    assert alive(members) == []
    nothing_came(fresh.home, before)
    assert took < STOPPED


def test_a_start_that_fails_says_why_and_leaves_nothing(fresh: Cluster) -> None:
    before = machine(fresh.home)
    fresh.home.create()
    fresh.home.registry.write_text("not a folder")
    answer = fresh.command("up", within=WARM)
    assert answer.returncode == 1
    assert "The node ended while it started" in answer.stderr
    assert f"{fresh.home.registry}" in answer.stderr
    assert answer.stdout == ""
    nothing_came(fresh.home, before)


def test_a_keeper_that_is_killed_takes_all_with_it_and_the_next_start_cleans_up(fresh: Cluster) -> None:
    before = machine(fresh.home)
    fresh.up()
    members = family(fresh.keeper())
    os.kill(members[0].pid, signal.SIGKILL)
    gone, living = psutil.wait_procs(members, timeout=STOPPED)
    assert (len(gone), living) == (len(members), [])
    only_groups_came(fresh, before)
    assert left_behind(fresh.home.name)
    fresh.up()
    fresh.down()
    nothing_came(fresh.home, before)


def only_groups_came(cluster: Cluster, before: Findings) -> None:
    """A cluster, while it runs, is seen by its control groups; of links, rules, settings and files nothing is seen."""
    new = came(before, machine(cluster.home))
    assert any(cluster.home.name in group for group in new["groups"])
    assert new.keys() == {"groups"}


def _until(cluster: Cluster, moment: str, starting: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Wait until the start has come so far; returns its processes."""

    def has_come() -> bool:
        assert starting.poll() is None, starting.communicate()[1]
        return cluster.home.progress.exists() and moment in cluster.home.progress.read_text()

    eventually(has_come, f"a start that says: {moment}", within=WARM)
    return family(cluster.keeper())
