"""The cluster of one node that this repository starts itself, on Linux as root, without a container engine."""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tools.cluster import additions, cgroups
from tools.cluster.enclosure import demand_visible
from tools.cluster.home import ClusterHome, ClusterPorts, Phase, State, chosen_ports, read_state
from tools.cluster.node import PROGRAMS
from tools.cluster.runtime import PLUGIN_FOLDERS, plugin_folder
from tools.cluster.site import SYSTEM_PATH
from tools.local import logs
from tools.local.console import ERR, OUT, process_table
from tools.local.control import Control, lives
from tools.local.ports import LOOPBACK
from tools.local.problem import Problem
from tools.toolchain import programs

REPOSITORY = Path(__file__).parents[2]
UP_WITHIN = 240.0
DOWN_WITHIN = 15.0
HELD_WITHIN = 15.0
POLL = 0.1
# Programs of the system, and the package of Debian and Ubuntu that holds each.
SYSTEM = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "docker-registry": "docker-registry",
    "iptables": "iptables",
    "ipset": "ipset",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "unshare": "util-linux",
    "setpriv": "util-linux",
}


def say(line: str) -> None:
    """One line of progress, beside the answer on standard output."""
    ERR.print(line, markup=False)


def up(home: ClusterHome) -> None:
    """Start the cluster and wait until it is ready; nothing happens when it is. Raises Problem; nothing is left then."""
    demand_machine()
    demand_visible(home)
    for name in (*PROGRAMS, *additions.PROGRAMS):
        programs.ensure(name, say=say)
    home.create()
    with _one_at_a_time(home):
        keeper = None if home.is_held() else _launched(home)
    if keeper is None:
        _follow(home, home.is_held)
    else:
        _see_through(home, keeper)


def down(home: ClusterHome) -> None:
    """Stop the cluster, also one that is starting, and wait until nothing is left. Raises Problem when that takes long."""
    began = time.monotonic()
    keeper = _keeper(home)
    if keeper is not None:
        keeper.send_signal(signal.SIGTERM)
        while lives(keeper):
            if time.monotonic() - began > DOWN_WITHIN:
                raise Problem(
                    f"The cluster still runs after {DOWN_WITHIN:.0f} s.", f"End process {keeper.pid} yourself."
                )
            time.sleep(POLL)
    remove_leftovers(home)
    if keeper is None:
        say(f"No cluster runs in {home.path}.")
    else:
        say(f"The cluster has stopped ({time.monotonic() - began:.1f} s).")


def show(home: ClusterHome, state: State | None) -> int:
    """Print the state, the addresses and the node's programs; returns 0 when it is ready."""
    if state is None or not home.is_held():
        OUT.print(f"No cluster runs in {home.path}. `{home.terms.start}` starts one.", markup=False)
        return 1
    ports = ClusterPorts(state.base)
    lines = {
        "state": f"{state.phase}, {time.time() - state.began:.0f} s old, keeper {state.keeper}",
        "kubeconfig": str(home.kubeconfig),
        "ingress": f"http://{LOOPBACK}:{ports.ingress}",
        "registry": f"{LOOPBACK}:{ports.registry} (plain HTTP)",
        "API server": f"https://{LOOPBACK}:{ports.api}",
    }
    for name, value in lines.items():
        OUT.print(f"{name:<12}{value}", markup=False)
    # The socket is there once the node has furnished its namespaces.
    if home.control_socket.exists():
        process_table(asyncio.run(Control(home).status()))
    return 0 if state.phase is Phase.ready else 1


def demand_machine() -> None:
    """Raise Problem with all that this machine lacks to be a node."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise Problem(
            "A cluster needs a Docker engine that answers, or Linux and root.",
            "Start Docker and try again, or run this as root on Linux.",
        )
    path = f"{SYSTEM_PATH}:{os.environ.get('PATH', '')}"
    missing = {package for program, package in SYSTEM.items() if shutil.which(program, path=path) is None}
    if plugin_folder() is None:
        missing.add("containernetworking-plugins")
    if missing:
        folders = " or ".join(str(folder) for folder in PLUGIN_FOLDERS)
        raise Problem(
            f"This machine lacks {', '.join(sorted(missing))}.",
            f"On Debian or Ubuntu: apt-get install {' '.join(sorted(missing))}. Elsewhere: the same programs on PATH, "
            f"and the CNI plugins in {folders}.",
        )


def remove_leftovers(home: ClusterHome) -> None:
    """Remove what a keeper that was killed itself could not: its processes ended with it, its control groups did not."""
    cgroups.remove(home.name)
    for file in (home.kubeconfig, home.control_socket, home.state_file):
        file.unlink(missing_ok=True)


@contextmanager
def _one_at_a_time(home: ClusterHome) -> Iterator[None]:
    """Who starts a keeper is alone until that one holds the home: what another would take for leftovers is its."""
    with (home.path / "starting").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _launched(home: ClusterHome) -> "subprocess.Popen[bytes]":
    """A new keeper, once it holds the home or has ended."""
    remove_leftovers(home)
    logs.begin(home.progress)
    home.progress.touch()
    with (home.logs / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tools.cluster.keeper", f"--home={home.path}", f"--base={chosen_ports().base}"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    began = time.monotonic()
    while not home.is_held() and keeper.poll() is None and time.monotonic() - began < HELD_WITHIN:
        time.sleep(POLL)
    return keeper


def _see_through(home: ClusterHome, keeper: "subprocess.Popen[bytes]") -> None:
    try:
        _follow(home, lambda: keeper.poll() is None)
    except BaseException:
        # Interrupted, or too late: what was begun here is ended here.
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(DOWN_WITHIN)
        remove_leftovers(home)
        raise


def _follow(home: ClusterHome, lives: Callable[[], bool]) -> None:
    """Show the progress until the cluster is ready. Raises Problem when it fails, ends or takes too long."""
    began, shown = time.monotonic(), 0
    while True:
        alive, state = lives(), read_state(home)
        lines = home.progress.read_text().splitlines()
        for line in lines[shown:]:
            say(line)
        shown = len(lines)
        if state is not None and state.phase is Phase.ready:
            say(f"The cluster is ready after {state.took:.1f} s.")
            return
        if not alive:
            raise _failure(home, state)
        if time.monotonic() - began > UP_WITHIN:
            raise Problem(
                f"The cluster was not ready after {UP_WITHIN:.0f} s; the last it said: {lines[-1] if lines else 'nothing'}.",
                f"Look at the logs in {home.logs}.",
            )
        time.sleep(POLL)


def _failure(home: ClusterHome, state: State | None) -> Problem:
    if state is not None and state.problem is not None:
        return Problem(**state.problem)
    excerpt = logs.last_lines(home.logs / "keeper.log", 15)
    return Problem("The cluster ended before it was ready.", "If you did not stop it, read the lines above.", excerpt)


def _keeper(home: ClusterHome) -> psutil.Process | None:
    if not home.path.exists():
        return None
    with _one_at_a_time(home):
        held = home.is_held()
    began, state = time.monotonic(), read_state(home)
    while held and state is None and time.monotonic() - began < HELD_WITHIN:  # it is about to write it
        time.sleep(POLL)
        state = read_state(home)
    if state is None or not held:
        return None
    try:
        return psutil.Process(state.keeper)
    except psutil.NoSuchProcess:
        return None
