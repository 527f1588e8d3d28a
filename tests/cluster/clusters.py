"""Clusters for tests: each in a folder and on ports of its own, started and stopped by the commands people use."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import yaml

from tools.cluster.home import SPAN, ClusterHome, ClusterPorts, read_state
from tools.local.ports import is_free
from tools.toolchain import programs

REPOSITORY = Path(__file__).parents[2]
FIRST_PORT = 21000
READY_WITHIN = 110
COMMAND_WITHIN = 60
POLL = 0.2


@dataclass(frozen=True)
class Cluster:
    """One cluster. Commands run as a user would run them, with this cluster's folder and ports."""

    home: ClusterHome
    ports: ClusterPorts

    @property
    def environment(self) -> dict[str, str]:
        """What chooses this cluster."""
        chosen = {"CODEZEST_CLUSTER_HOME": str(self.home.path), "CODEZEST_CLUSTER_PORT_BASE": str(self.ports.base)}
        return {**os.environ, **chosen, "CODEZEST_CLUSTER": "own"}

    @property
    def registry(self) -> str:
        """Where images are pushed to and pulled from."""
        return f"127.0.0.1:{self.ports.registry}"

    def start_command(self, *words: str) -> "subprocess.Popen[str]":
        """`python -m tools.cluster <words>`, left running."""
        return subprocess.Popen(
            [sys.executable, "-m", "tools.cluster", *words],
            cwd=REPOSITORY, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def command(self, *words: str, within: float = COMMAND_WITHIN) -> subprocess.CompletedProcess[str]:
        """The same, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "tools.cluster", *words],
            cwd=REPOSITORY, env=self.environment, capture_output=True, text=True, timeout=within, check=False,
        )  # fmt: skip

    def up(self) -> float:
        """Start it; returns the seconds it took."""
        began = time.monotonic()
        answer = self.command("up", within=READY_WITHIN)
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout == f"{self.home.kubeconfig}\n"
        return time.monotonic() - began

    def down(self) -> float:
        """Stop it; returns the seconds it took."""
        began = time.monotonic()
        answer = self.command("down")
        assert answer.returncode == 0, answer.stderr
        return time.monotonic() - began

    def kubectl(self, *words: str, given: str = "", within: float = COMMAND_WITHIN) -> str:
        """What kubectl prints."""
        command = [str(programs.ensure("kubectl")), f"--kubeconfig={self.home.kubeconfig}", *words]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=within, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *words: str) -> Any:
        """An object, or a list of them, as kubectl knows it."""
        return json.loads(self.kubectl("get", *words, "--output=json"))

    def apply(self, *objects: dict[str, Any]) -> None:
        """Make or change objects."""
        self.kubectl("apply", "--server-side", "--filename=-", given=yaml.safe_dump_all(objects))

    def ask(self, namespace: str, pod: str, path: str, **query: str) -> str:
        """What the prober in a pod answers, asked through the API server."""
        words = f"/api/v1/namespaces/{namespace}/pods/{pod}:8080/proxy{path}?{urlencode(query)}"
        return self.kubectl("get", f"--raw={words}")

    def keeper(self) -> psutil.Process:
        """The process that holds the cluster."""
        state = read_state(self.home)
        assert state is not None
        return psutil.Process(state.keeper)


def a_cluster(folder: Path, index: int = 0) -> Cluster:
    """A cluster that is not started, on ports that are free now; `index` tells two in one test apart."""
    base = next(b for b in range(FIRST_PORT + 1000 * index, 60000, SPAN) if all(map(is_free, range(b, b + SPAN))))
    return Cluster(ClusterHome(folder), ClusterPorts(base))


def eventually(holds: Callable[[], bool], what: str, within: float = 20.0) -> float:
    """Wait until it holds; returns how long that took (seconds)."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within, f"not within {within} s: {what}"
        time.sleep(POLL)
    return time.monotonic() - began


def told(line: str) -> None:
    """A figure for whoever reads the test's output (pytest -s)."""
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()
