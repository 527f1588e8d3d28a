"""Namespaces of the node's own. When their first process ends, the kernel ends all others, and with the last of them go
every link, mount, rule and socket: stopping is one signal, and nothing has to be undone.
"""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.cluster.home import ClusterHome
from tools.local.problem import Problem

NODE_NAME = "node"
NODE_ADDRESS = "172.30.0.1"
NODE_NETWORK = f"{NODE_ADDRESS}/24"
NODE_BRIDGE = "node0"
PODS = "10.244.0.0/24"
SERVICES = "10.96.0.0/16"
API_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"

STEP_WITHIN = 20
# The node's programs insist on paths of their own in these. An overlay takes what they write there.
COVERED = ("/var/lib", "/var/log")
HIDDEN = "/run"
MOUNT_SIGNS = ",:\\"

# The kubelet wants these set to its liking, for the whole machine. It reads the values it wants and leaves the machine's.
TUNABLES: Mapping[str, str] = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
# These belong to the network namespace, so they are the node's alone.
FORWARDING = ("net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables")


def enclosed(command: Sequence[str]) -> list[str]:
    """The command as the first process of namespaces of its own, which ends when its starter does."""
    namespaces = ["--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]
    return ["setpriv", "--pdeathsig=KILL", "--", "unshare", *namespaces, "--", *command]


def demand_visible(home: ClusterHome) -> None:
    """Raise Problem when the home lies where the node could not see it."""
    for folder in (*COVERED, HIDDEN):
        if home.path.is_relative_to(folder):
            raise Problem(
                f"A cluster cannot live in {home.path}, because its node has a {folder} of its own.",
                f"Name a folder elsewhere with {home.terms.folder_setting}.",
            )
    if set(str(home.path)) & set(MOUNT_SIGNS):
        raise Problem(
            f"A cluster cannot live in {home.path}: commas, colons and backslashes mean something to mounts.",
            f"Name another folder with {home.terms.folder_setting}.",
        )


def furnish(home: ClusterHome) -> None:
    """Called by the first process inside: mounts, then network. Raises Problem with what could not be done."""
    home.node.mkdir(exist_ok=True)
    _do("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(home.node))
    _do("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", HIDDEN)
    for folder in COVERED:
        _cover(folder, home.node / "covers" / folder.strip("/").replace("/", "-"))
    _pretend(home.node / "tunables")
    # Volumes are handed from the kubelet to containers by propagation, within this namespace only.
    _do("mount", "--make-rshared", "/")
    _network()


def _cover(folder: str, place: Path) -> None:
    upper, work = place / "upper", place / "work"
    for part in (upper, work):
        part.mkdir(parents=True)
    _do("mount", "-t", "overlay", "-o", f"lowerdir={folder},upperdir={upper},workdir={work}", "overlay", folder)


def _pretend(folder: Path) -> None:
    folder.mkdir()
    for name, value in TUNABLES.items():
        file = folder / name.replace("/", "-")
        file.write_text(f"{value}\n")
        _do("mount", "--bind", str(file), f"/proc/sys/{name}")


def _network() -> None:
    _do("ip", "link", "set", "lo", "up")
    # The node's address; a bridge, because not every kernel has dummy links.
    _do("ip", "link", "add", NODE_BRIDGE, "type", "bridge")
    _do("ip", "address", "add", NODE_NETWORK, "dev", NODE_BRIDGE)
    _do("ip", "link", "set", NODE_BRIDGE, "up")
    # A service's address is nobody's: rules turn it into a pod's, but only after a route was found for it.
    _do("ip", "route", "add", SERVICES, "dev", NODE_BRIDGE)
    for name in FORWARDING:
        path = Path("/proc/sys") / name
        if not path.exists():
            _do("modprobe", "br_netfilter")
        path.write_text("1\n")


def _do(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=STEP_WITHIN)
    except subprocess.CalledProcessError as error:
        raise Problem(
            f"`{' '.join(command)}` failed: {error.stderr.strip()}.",
            "The node needs root with all capabilities and an own network namespace; a container needs --privileged.",
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Problem(
            f"`{' '.join(command)}` could not be run: {error}.", "Install util-linux and iproute2."
        ) from error
