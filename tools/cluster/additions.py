"""What every cluster has above Kubernetes itself, of whichever kind it is: an ingress controller and Dapr's control plane."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from tools.local.problem import Problem
from tools.toolchain import programs

PROGRAMS = ("kubectl", "helm", "dapr-chart")
MANIFESTS = Path(__file__).parent / "manifests"
Say = Callable[[str], None]

WITHOUT_SIDECARS = {
    "key": "kubernetes.io/metadata.name",
    "operator": "NotIn",
    "values": ["kube-system", "dapr-system", "ingress"],
}
STEP_WITHIN = 30.0
DAPR_WITHIN = 90.0
ROLLOUT_WITHIN = 60.0
TRAEFIK_PLACE = "TRAEFIK_IMAGE"
LOOK = "Look at `make kubectl ARGS='get pods --all-namespaces'` while it starts again, or at the logs of the node's programs."


class Kubectl:
    """kubectl with one kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        self._base = [str(programs.ensure("kubectl")), f"--kubeconfig={kubeconfig}"]

    async def run(self, *arguments: str, given: str = "", within: float = STEP_WITHIN) -> str:
        """What it prints. Raises Problem when it fails or takes longer (seconds)."""
        return await run([*self._base, *arguments], given=given, within=within)


async def install(kubeconfig: Path, say: Say, *, images: str) -> None:
    """Install what is missing and wait until it works. `images` says whose: localhost, or public."""
    kubectl = Kubectl(kubeconfig)
    await _wait_for_node(kubectl)
    say("the node is ready")
    if images == "localhost":
        await kubectl.run("apply", "--server-side", f"--filename={MANIFESTS / 'dns.yaml'}")
    ingress = (MANIFESTS / "ingress.yaml").read_text().replace(TRAEFIK_PLACE, traefik_image(images))
    await kubectl.run("apply", "--server-side", "--filename=-", given=ingress)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_dapr(kubeconfig, images, say))
            group.create_task(_rollout(kubectl, "kube-system", "coredns", say))
            group.create_task(_rollout(kubectl, "ingress", "traefik", say))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def traefik_image(images: str) -> str:
    """The image of the pinned Traefik: made here, or its makers' of the same version."""
    if images == "localhost":
        return "localhost/traefik:pinned"
    return f"docker.io/library/traefik:v{programs.toolchain().pin('traefik').version}"


def dapr_values(images: str) -> dict[str, object]:
    """What Dapr's chart is told: certificates for every sidecar, and nothing of actors and jobs, which nobody uses."""
    version = programs.toolchain().pin("dapr-operator").version
    registry, tag = ("localhost", "pinned") if images == "localhost" else ("ghcr.io/dapr", version)
    return {
        "global": {
            "registry": registry,
            "tag": tag,
            "imagePullPolicy": "IfNotPresent",
            "mtls": {"enabled": True},
            "scheduler": {"enabled": False},
            "actors": {"enabled": False},
        },
        "dapr_sidecar_injector": {
            # A pod that should have a sidecar is not made without one; what the injector itself needs is not asked about.
            "webhookFailurePolicy": "Fail",
            "namespaceSelector": {"matchExpressions": [WITHOUT_SIDECARS]},
            "sidecarDropALLCapabilities": True,
        },
    }


async def run(command: list[str], *, given: str = "", within: float) -> str:
    """What a program prints. Raises Problem when it fails or takes longer (seconds); it is then ended."""
    environment = {**os.environ, "HOME": "/nonexistent"}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    doing = f"`{Path(command[0]).name} {' '.join(word for word in command[1:] if not word.startswith('--kubeconfig'))}`"
    try:
        async with asyncio.timeout(within):
            output, errors = await process.communicate(given.encode())
    except TimeoutError:
        raise Problem(f"{doing} was not done after {within:.0f} s.", LOOK) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Problem(f"{doing} failed.", LOOK, errors.decode(errors="replace").splitlines()[-15:])
    return output.decode()


async def _wait_for_node(kubectl: Kubectl) -> None:
    await kubectl.run(
        "wait", "node", "--all", "--for=condition=Ready", f"--timeout={ROLLOUT_WITHIN:.0f}s", within=ROLLOUT_WITHIN + 5
    )


async def _rollout(kubectl: Kubectl, namespace: str, name: str, say: Say) -> None:
    began = time.monotonic()
    arguments = [
        "rollout",
        "status",
        f"deployment/{name}",
        f"--namespace={namespace}",
        f"--timeout={ROLLOUT_WITHIN:.0f}s",
    ]
    await kubectl.run(*arguments, within=ROLLOUT_WITHIN + 5)
    say(f"{name} works ({time.monotonic() - began:.1f} s)")


async def _dapr(kubeconfig: Path, images: str, say: Say) -> None:
    began = time.monotonic()
    chart = programs.ensure("dapr-chart").parent
    command = [
        str(programs.ensure("helm")), "upgrade", "dapr", str(chart), "--install", "--namespace=dapr-system",
        "--create-namespace", f"--kubeconfig={kubeconfig}", "--values=-", "--wait", f"--timeout={DAPR_WITHIN:.0f}s",
    ]  # fmt: skip
    await run(command, given=json.dumps(dapr_values(images)), within=DAPR_WITHIN + 5)
    say(f"Dapr's control plane works ({time.monotonic() - began:.1f} s)")
