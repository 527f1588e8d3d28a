"""The platform's releases on a cluster: what helm is told, and in which order."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.local.problem import Problem
from tools.toolchain import programs

ROOT = Path(__file__).parents[2]
PLATFORM = "platform"
RELEASE_SECONDS = 300
LAST_LINES = 15
ENDS_WITHIN = 10


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where to: a cluster by its kubeconfig, and a namespace."""

    kubeconfig: Path
    namespace: str

    @property
    def flags(self) -> list[str]:
        """What helm and kubectl are told of it."""
        return [f"--kubeconfig={self.kubeconfig}", f"--namespace={self.namespace}"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Values of the platform's release, or None to leave it alone, and of each service's by its name."""

    platform: Mapping[str, Any] | None
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


async def deploy(plan: Plan, target: Target, *, say: Callable[[str], None], root: Path = ROOT) -> None:
    """Install or upgrade: the platform, then all services at once, each migrating its schema first. Problem.

    `root` is the checkout whose charts are used.
    """
    await _namespace(target)
    started = time.monotonic()
    if plan.platform is not None:
        await _release(PLATFORM, root / "charts/platform", [], plan.platform, target)
        say(f"{PLATFORM} after {time.monotonic() - started:.1f} s")

    async def service(name: str, values: Mapping[str, Any]) -> None:
        own = root / "services" / name / "values.yaml"
        await _release(name, root / "charts/service", [own], values, target)
        say(f"{name} after {time.monotonic() - started:.1f} s")

    async with asyncio.TaskGroup() as releases:
        for name, values in plan.services.items():
            releases.create_task(service(name, values))


async def _release(name: str, chart: Path, files: Sequence[Path], values: Mapping[str, Any], target: Target) -> None:
    given = [f"--values={file}" for file in files]
    helm = await asyncio.to_thread(programs.ensure, "helm")
    wait = ["--wait", f"--timeout={RELEASE_SECONDS}s"]
    command = [str(helm), "upgrade", "--install", name, str(chart), *target.flags, *given, "--values=-", *wait]
    await _run(command, yaml.safe_dump(dict(values)), f"{name} could not be installed.")


async def _namespace(target: Target) -> None:
    """Make it with the strictest of Kubernetes' rules for pods."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": target.namespace, "labels": labels}}
    kubectl = await asyncio.to_thread(programs.ensure, "kubectl")
    command = [str(kubectl), target.flags[0], "apply", "--server-side", "--filename=-"]
    await _run(command, yaml.safe_dump(document), f"The namespace {target.namespace} could not be made.")


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Whatever happens to us, no helm goes on alone. Asked to end, it notes that its release has failed, and locks nothing."""
    for end in (process.terminate, process.kill):
        if process.returncode is None:
            with suppress(ProcessLookupError, TimeoutError):
                end()
                await asyncio.wait_for(process.wait(), ENDS_WITHIN)


async def _run(command: list[str], given: str, failed: str) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    try:
        async with asyncio.timeout(RELEASE_SECONDS + 60):
            said, _ = await process.communicate(given.encode())
    except TimeoutError:
        raise Problem(
            failed, 'It took too long: `make kubectl ARGS="get pods -A"` shows what does not start.'
        ) from None
    finally:
        await _ended(process)
    if process.returncode != 0:
        last = "\n".join(said.decode(errors="replace").splitlines()[-LAST_LINES:])
        raise Problem(f"{failed}\n{last}", '`make kubectl ARGS="get events -A"` says more; then run it again.')
