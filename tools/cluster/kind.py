"""The cluster where a Docker engine answers: kind's, with the same ports, registry and additions as the other one."""

import asyncio
import shutil
import subprocess
import time
from pathlib import Path

from tools.cluster import additions
from tools.cluster.home import ANOTHER_BASE, ClusterHome, ClusterPorts, Phase, State, chosen_ports, read_state
from tools.local.console import ERR, OUT
from tools.local.ports import LOOPBACK, demand_free
from tools.local.problem import Problem
from tools.toolchain import programs

KIND = "kind"
CONFIGURATION = Path(__file__).parent / "kind.yaml"
# Of the Kubernetes that the other kind of cluster runs, as the notes of the pinned release of kind name it.
NODE_IMAGE = "docker.io/kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0"
REGISTRY_IMAGE = "docker.io/library/registry:2.8.3"
ANSWER_WITHIN = 5.0
CREATE_WITHIN = 300.0
STEP_WITHIN = 120.0
REGISTRY_PORT = 5000


def engine_answers() -> bool:
    """Whether a Docker engine takes commands now."""
    if shutil.which("docker") is None:
        return False
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=ANSWER_WITHIN, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def up(home: ClusterHome) -> None:
    """Start the cluster; nothing happens when it is ready. Raises Problem; nothing is left then."""
    ports = chosen_ports()
    state = read_state(home)
    if state is not None and state.phase is Phase.ready and _exists(home):
        return
    for name in (KIND, *additions.PROGRAMS):
        programs.ensure(name, say=say)
    home.create()
    with home.lock():
        down(home)
        demand_free(ports.purposes(), ANOTHER_BASE)
        began, state = (
            time.monotonic(),
            State(kind=KIND, phase=Phase.starting, keeper=0, began=time.time(), base=ports.base),
        )
        state.write(home)
        try:
            _create(home, ports)
            asyncio.run(additions.install(home.kubeconfig, say, images="public"))
        except BaseException:
            down(home)
            raise
        took = time.monotonic() - began
        State(kind=KIND, phase=Phase.ready, keeper=0, began=state.began, took=took, base=ports.base).write(home)
        say(f"The cluster is ready after {took:.1f} s.")


def down(home: ClusterHome) -> None:
    """Delete the cluster and its registry; nothing happens when there is none."""
    kind = str(programs.ensure("kind", say=say))
    _run([kind, "delete", "cluster", f"--name={home.name}", f"--kubeconfig={home.kubeconfig}"], STEP_WITHIN)
    listed = ["docker", "ps", "--all", "--quiet", f"--filter=name=^{_registry(home)}$"]
    for container in _run(listed, STEP_WITHIN).split():
        _run(["docker", "rm", "--force", "--volumes", container], STEP_WITHIN)
    for file in (home.kubeconfig, home.state_file):
        file.unlink(missing_ok=True)


def show(home: ClusterHome, state: State) -> int:
    """Print the state and the addresses; returns 0 when it is ready."""
    ports = ClusterPorts(state.base)
    OUT.print(f"{state.phase}, kind cluster {home.name}, kubeconfig {home.kubeconfig}", markup=False)
    OUT.print(f"ingress http://{LOOPBACK}:{ports.ingress}, registry {LOOPBACK}:{ports.registry}", markup=False)
    return 0 if state.phase is Phase.ready and _exists(home) else 1


def say(line: str) -> None:
    """One line of progress, beside the answer on standard output."""
    ERR.print(line, markup=False)


def configuration(ports: ClusterPorts) -> str:
    """The configuration of kind with this cluster's ports."""
    text = CONFIGURATION.read_text()
    for name in ("ingress", "registry", "api"):
        text = text.replace(f"{name.upper()}_PORT", str(getattr(ports, name)))
    return text


def _create(home: ClusterHome, ports: ClusterPorts) -> None:
    kind = str(programs.ensure("kind", say=say))
    say(f"kind makes the cluster {home.name}, about a minute once its image is there")
    command = [kind, "create", "cluster", f"--name={home.name}", f"--image={NODE_IMAGE}", "--config=-"]
    _run([*command, f"--kubeconfig={home.kubeconfig}"], CREATE_WITHIN, given=configuration(ports))
    home.kubeconfig.chmod(0o600)
    published = f"{LOOPBACK}:{ports.registry}:{REGISTRY_PORT}"
    command = ["docker", "run", "--detach", "--restart=no", f"--name={_registry(home)}", "--network=kind"]
    _run([*command, f"--publish={published}", REGISTRY_IMAGE], STEP_WITHIN)
    # The node pulls 127.0.0.1:<port>/<name>, as it was pushed, from the container of that name.
    mirror = f'[host."http://{_registry(home)}:{REGISTRY_PORT}"]\n'
    folder = f"/etc/containerd/certs.d/{LOOPBACK}:{ports.registry}"
    node = f"{home.name}-control-plane"
    _run(["docker", "exec", node, "mkdir", "-p", folder], STEP_WITHIN)
    _run(["docker", "exec", "--interactive", node, "tee", f"{folder}/hosts.toml"], STEP_WITHIN, given=mirror)


def _exists(home: ClusterHome) -> bool:
    return home.name in _run([str(programs.ensure("kind", say=say)), "get", "clusters"], STEP_WITHIN).split()


def _registry(home: ClusterHome) -> str:
    return f"{home.name}-registry"


def _run(command: list[str], within: float, given: str = "") -> str:
    doing = f"`{Path(command[0]).name} {' '.join(command[1:4])}`"
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=within, check=False)
    except subprocess.TimeoutExpired as error:
        raise Problem(f"{doing} was not done after {within:.0f} s.", "Look at `docker ps` and its logs.") from error
    if done.returncode != 0:
        excerpt = (done.stdout + done.stderr).splitlines()[-15:]
        raise Problem(f"{doing} failed.", "Put right what it says, then `make cluster`.", excerpt)
    return done.stdout
