"""The programs that run pods: containerd, the kubelet, the two that write the node's rules, and the image registry."""

import json
import shutil
from pathlib import Path

import yaml

from tools.cluster.control_plane import DOMAIN, NODE_URL, Access
from tools.cluster.enclosure import DNS_ADDRESS, NODE_ADDRESS, NODE_NAME, PODS
from tools.cluster.images import PAUSE
from tools.cluster.probes import listens_at
from tools.cluster.site import Site, node_unit
from tools.local.home import write_private
from tools.local.ports import LOOPBACK
from tools.local.probes import http_ok
from tools.local.unit import Unit
from tools.toolchain.cache import size_of

KUBELET_HEALTH = 10248
PROXY_HEALTH = 10256
FIREWALL_HEALTH = 20244
# Bytes. Every build pushes layers that nobody takes away; a start begins anew when there are too many.
LARGEST_REGISTRY = 8_000_000_000
# Debian's folder of CNI plugins, and the one of everybody else.
PLUGIN_FOLDERS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))


def runtime(site: Site, access: Access) -> list[Unit]:
    """The units in the order of their start."""
    return [
        _containerd(site),
        _registry(site),
        _kubelet(site, access),
        _proxy(site, access),
        _firewall(site, access),
    ]


def containerd_socket(site: Site) -> Path:
    """Where containerd answers."""
    return site.root / "containerd.sock"


def plugin_folder() -> Path | None:
    """Where this machine's CNI plugins are, if they are installed."""
    return next((folder for folder in PLUGIN_FOLDERS if (folder / "bridge").exists()), None)


def _containerd(site: Site) -> Unit:
    networks, hosts = site.root / "networks", site.root / "registries"
    networks.mkdir()
    write_private(networks / "10-pods.conflist", json.dumps(_pod_network(site)))
    own = f"{LOOPBACK}:{site.ports.registry}"
    (hosts / own).mkdir(parents=True)
    mirror = f'server = "http://{own}"\n[host."http://{own}"]\n  capabilities = ["pull", "resolve"]\n'
    write_private(hosts / own / "hosts.toml", mirror)
    configuration = site.root / "containerd.toml"
    write_private(configuration, _containerd_settings(site, networks, hosts))
    return node_unit(
        site, "containerd", ["containerd", f"--config={configuration}"], ready=listens_at(containerd_socket(site))
    )


def _containerd_settings(site: Site, networks: Path, hosts: Path) -> str:
    base = site.root / "containerd"
    return f"""
version = 2
root = "{base / "root"}"
state = "{base / "state"}"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "{containerd_socket(site)}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{base / "opt"}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  # Not every machine lets even root make a process more precious than its parent.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugin_folder()}"
    conf_dir = "{networks}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{hosts}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    # All of it lies in memory, and what is unpacked is not needed packed.
    discard_unpacked_layers = true
"""


def _pod_network(site: Site) -> dict[str, object]:
    addresses = {
        "type": "host-local",
        "dataDir": str(site.root / "addresses"),
        "ranges": [[{"subnet": PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {
        "type": "bridge",
        "bridge": "pods0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": addresses,
    }
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}],
    }


def _registry(site: Site) -> Unit:
    """Listens on the same number inside as this machine does outside, so that an image has one name in both."""
    configuration = site.root / "registry.yaml"
    if site.home.registry.exists() and size_of(site.home.registry) > LARGEST_REGISTRY:
        shutil.rmtree(site.home.registry)
    site.home.registry.mkdir(mode=0o700, exist_ok=True)
    document = {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(site.home.registry)}, "delete": {"enabled": True}},
        "http": {"addr": f"{LOOPBACK}:{site.ports.registry}"},
    }
    write_private(configuration, yaml.safe_dump(document))
    command = ["docker-registry", "serve", str(configuration)]
    port = site.ports.registry
    return node_unit(site, "registry", command, ready=http_ok(port, "/v2/"), port=port)


def _kubelet(site: Site, access: Access) -> Unit:
    configuration = site.root / "kubelet.yaml"
    write_private(configuration, yaml.safe_dump(_kubelet_settings(site, access)))
    command = [
        site.program("kubelet"),
        f"--config={configuration}",
        f"--kubeconfig={access.kubeconfig('kubelet')}",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={NODE_ADDRESS}",
        f"--root-dir={site.root / 'kubelet'}",
    ]
    ready = http_ok(KUBELET_HEALTH, "/healthz")
    return node_unit(site, "kubelet", command, ready=ready, needs=("apiserver", "containerd"), port=KUBELET_HEALTH)


def _kubelet_settings(site: Site, access: Access) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(access.authority.anchor)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": access.file("kubelet.crt"),
        "tlsPrivateKeyFile": access.file("kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{containerd_socket(site)}",
        # What a machine with only the older kind of control groups needs; the newer kind does not mind.
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{site.home.name}",
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": DOMAIN,
        # The machine's own name servers are in another network.
        "resolvConf": "/dev/null",
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi"},
        "serializeImagePulls": False,
        "podLogsDir": str(site.root / "pod-logs"),
        "volumePluginDir": str(site.root / "plugins"),
        "healthzBindAddress": LOOPBACK,
        "healthzPort": KUBELET_HEALTH,
    }


def _proxy(site: Site, access: Access) -> Unit:
    configuration = site.root / "proxy.yaml"
    document = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(access.kubeconfig("proxy"))},
        "clusterCIDR": PODS,
        "hostnameOverride": NODE_NAME,
        "healthzBindAddress": f"{LOOPBACK}:{PROXY_HEALTH}",
        "metricsBindAddress": f"{LOOPBACK}:10249",
        "oomScoreAdj": 0,
        # The table's size is the machine's and may not be set from here.
        "conntrack": {"maxPerCore": 0},
    }
    write_private(configuration, yaml.safe_dump(document))
    command = [site.program("kube-proxy"), f"--config={configuration}"]
    # It is healthy only once the node is known, so that its first need is the kubelet.
    ready = http_ok(PROXY_HEALTH, "/livez")
    return node_unit(site, "proxy", command, ready=ready, needs=("apiserver", "kubelet"), port=PROXY_HEALTH)


def _firewall(site: Site, access: Access) -> Unit:
    command = [
        site.program("kube-router"),
        f"--kubeconfig={access.kubeconfig('firewall')}",
        f"--master={NODE_URL}",
        f"--hostname-override={NODE_NAME}",
        "--run-firewall=true",
        "--run-router=false",
        "--run-service-proxy=false",
        "--run-loadbalancer=false",
        f"--health-port={FIREWALL_HEALTH}",
    ]
    ready = http_ok(FIREWALL_HEALTH, "/healthz")
    # It gives up where its node is not registered. The kubelet is healthy before that, the proxy only after.
    return node_unit(site, "firewall", command, ready=ready, needs=("proxy", "bootstrap"), port=FIREWALL_HEALTH)
