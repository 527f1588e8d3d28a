"""Ends what a supervisor left behind that was killed itself, should the kernel not have done so already."""

import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress

import psutil

from tools.local.home import Home, write_private_json

PATIENCE = 5.0


def record(home: Home, pids: Mapping[str, int]) -> None:
    """Write down the running processes; a process is its id and its time of birth."""
    born: dict[str, list[float]] = {}
    for name, pid in pids.items():
        with suppress(psutil.NoSuchProcess):
            born[name] = [pid, psutil.Process(pid).create_time()]
    write_private_json(home.processes_file, born)


def end_leftovers(home: Home) -> list[str]:
    """Kill the process groups of the last record that still live; returns their names. The instance must be held."""
    home.control_socket.unlink(missing_ok=True)
    if not home.processes_file.exists():
        return []
    alive = {name: process for name, pair in _read(home).items() if (process := _same(*pair)) is not None}
    for process in alive.values():
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    psutil.wait_procs(alive.values(), timeout=PATIENCE)
    home.processes_file.unlink()
    return sorted(alive)


def _read(home: Home) -> dict[str, tuple[int, float]]:
    try:
        content = json.loads(home.processes_file.read_text())
    except json.JSONDecodeError:
        return {}
    return {name: (int(pid), float(born)) for name, (pid, born) in content.items()}


def _same(pid: int, born: float) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.create_time() == born and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None
