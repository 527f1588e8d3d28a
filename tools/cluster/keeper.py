"""The process outside that holds a running node: it opens the doors, starts the node, installs what every cluster has,
waits, and leaves nothing behind. `up` starts it in the background; `down` asks it to end.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from tools.cluster import cgroups
from tools.cluster.additions import install
from tools.cluster.enclosure import enclosed
from tools.cluster.home import ANOTHER_BASE, OWN, ClusterHome, ClusterPorts, Phase, State
from tools.local import logs
from tools.local.ports import demand_free
from tools.local.problem import Problem
from tools.local.serving import loopback_socket

REPOSITORY = Path(__file__).parents[2]
NODE_WITHIN = 90.0
GONE_WITHIN = 10.0


class Keeper:
    """One node from its start to its end."""

    def __init__(self, home: ClusterHome, ports: ClusterPorts) -> None:
        self.home = home
        self._began = time.monotonic()
        self._ready = asyncio.Event()
        self._problem: Problem | None = None
        self._node: asyncio.subprocess.Process | None = None
        self._state = State(kind=OWN, phase=Phase.starting, keeper=os.getpid(), began=time.time(), base=ports.base)
        self._ports = ports

    async def live(self) -> None:
        """Start everything and stay until cancelled. Raises Problem when it cannot start, or when the node ends."""
        try:
            self._state.write(self.home)
            await self._start()
            listening = asyncio.create_task(self._listen())
            await self._until_ready(listening)
            await install(self.home.kubeconfig, self._say, images="localhost")
            took = time.monotonic() - self._began
            self._state = replace(self._state, phase=Phase.ready, took=took)
            self._state.write(self.home)
            await listening
            raise self._problem or Problem("The node has ended.", f"Look at {self.home.logs}, then `make cluster`.")
        finally:
            await self._end()

    def fail(self, problem: Problem) -> None:
        """Keep what went wrong for those who wait for the start."""
        replace(self._state, phase=Phase.failed, problem=asdict(problem)).write(self.home)

    async def _start(self) -> None:
        demand_free(self._ports.purposes(), ANOTHER_BASE)
        cgroups.make(self.home.name)
        doors = {name: loopback_socket(getattr(self._ports, name)) for name in ("ingress", "registry", "api")}
        command = [sys.executable, "-m", "tools.cluster.node", f"--home={self.home.path}", f"--base={self._ports.base}"]
        command += [f"--{name}={door.fileno()}" for name, door in doors.items()]
        with (self.home.logs / "node.log").open("ab") as log:
            self._node = await asyncio.create_subprocess_exec(
                *enclosed(command),
                cwd=REPOSITORY,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                pass_fds=[door.fileno() for door in doors.values()],
            )
        for door in doors.values():
            door.close()

    async def _until_ready(self, listening: "asyncio.Task[None]") -> None:
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, listening}, timeout=NODE_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if self._ready.is_set():
            return
        ready.cancel()
        if listening.done():
            remedy = f"Put right what the log says ({self.home.logs / 'node.log'}) and start again."
            excerpt = logs.last_lines(self.home.logs / "node.log", 15)
            raise self._problem or Problem("The node ended while it started.", remedy, excerpt)
        raise Problem(
            f"The node's programs were not ready after {NODE_WITHIN:.0f} s.",
            f"Look which one is missing in {self.home.progress}, and at its log beside it.",
        )

    async def _listen(self) -> None:
        """Hear what the node says until it has ended."""
        assert self._node is not None and self._node.stdout is not None  # noqa: S101, PT018 - started by the caller
        async for line in self._node.stdout:
            message = json.loads(line)
            if "say" in message:
                logs.append(self.home.progress, message["say"])
            elif "problem" in message:
                self._problem = Problem(**message["problem"])
            else:
                self._ready.set()
        await self._node.wait()

    def _say(self, line: str) -> None:
        logs.append(self.home.progress, f"{time.monotonic() - self._began:6.1f} s  {line}")

    async def _end(self) -> None:
        if self._node is not None and self._node.returncode is None:
            await self._end_node(self._node)
        self.home.kubeconfig.unlink(missing_ok=True)
        self.home.control_socket.unlink(missing_ok=True)
        await asyncio.to_thread(cgroups.remove, self.home.name)

    async def _end_node(self, node: asyncio.subprocess.Process) -> None:
        _kill_inside(node.pid)
        try:
            await asyncio.wait_for(node.wait(), GONE_WITHIN)
        except TimeoutError:
            raise Problem(
                f"The node's processes were killed, and still lived after {GONE_WITHIN:.0f} s.",
                f"Look for one that waits for a disk (state D) below process {node.pid}; `make cluster-down` tries again.",
            ) from None


def _kill_inside(starter: int) -> None:
    """Kill the first process inside: the kernel ends all others before it lets that one go, and the starter waits for it."""
    inside = psutil.Process(starter).children()
    for process in inside or [psutil.Process(starter)]:
        process.kill()


async def keep(home: ClusterHome, ports: ClusterPorts) -> int:
    """Hold the home and live until SIGTERM; returns the exit code."""
    keeper = Keeper(home, ports)
    with home.lock():
        living = asyncio.create_task(keeper.live())
        _stop_once(living)
        try:
            await living
        except asyncio.CancelledError:
            home.state_file.unlink(missing_ok=True)
        except Problem as problem:
            keeper.fail(problem)
            return 1
        return 0


def _stop_once(living: "asyncio.Task[None]") -> None:
    """The first request to stop is heard; a second one must not break off the cleaning up."""
    loop = asyncio.get_running_loop()
    asked = False

    def stop() -> None:
        nonlocal asked
        if not asked:
            asked = True
            living.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)


def main(arguments: list[str] | None = None) -> int:
    """Hold one node; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster.keeper")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--base", type=int, required=True, help="the first of its ports")
    options = parser.parse_args(arguments)
    return asyncio.run(keep(ClusterHome(options.home), ClusterPorts(options.base)))


if __name__ == "__main__":
    sys.exit(main())
