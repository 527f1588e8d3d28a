"""The programs that know and decide: etcd, the API server, the controllers and the scheduler."""

import json
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.certificates import Authority, Identity, write_signing_key
from tools.cluster.enclosure import API_ADDRESS, NODE_ADDRESS, NODE_NAME, SERVICES
from tools.cluster.probes import https_ok
from tools.cluster.site import Site, node_unit
from tools.local.home import write_private
from tools.local.ports import LOOPBACK
from tools.local.probes import http_ok, listens
from tools.local.unit import Unit

ETCD = 2379
ETCD_PEERS = 2380
API = 6443
CONTROLLERS = 10257
SCHEDULER = 10259
DOMAIN = "cluster.local"

# Only whether it lives may be asked without a name.
ANONYMOUS = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AuthenticationConfiguration",
    "anonymous": {"enabled": True, "conditions": [{"path": path} for path in ("/livez", "/readyz", "/healthz")]},
}


@dataclass(frozen=True)
class Access:
    """Where the certificates and kubeconfigs of the node's programs are."""

    folder: Path
    authority: Authority

    @classmethod
    def make(cls, site: Site) -> "Access":
        """Make the authority, every identity and every kubeconfig, the administrator's included."""
        folder = site.root / "pki"
        access = cls(folder, Authority(folder))
        names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", f"kubernetes.default.svc.{DOMAIN}"]
        access.issue("apiserver", Identity("kube-apiserver", hosts=(*names, API_ADDRESS, LOOPBACK, NODE_ADDRESS)))
        access.issue("kubelet-client", Identity("kube-apiserver-kubelet-client"))
        for name, identity in IDENTITIES.items():
            access.authority.kubeconfig(access.kubeconfig(name), NODE_URL, access.issue(name, identity))
        write_signing_key(folder)
        outside = f"https://{LOOPBACK}:{site.ports.api}"
        pair = access.issue("admin", Identity("codezest-admin", groups=("system:masters",)))
        access.authority.kubeconfig(access.kubeconfig("admin"), NODE_URL, pair)
        access.authority.kubeconfig(site.home.kubeconfig, outside, pair)
        return access

    def issue(self, name: str, identity: Identity) -> tuple[Path, Path]:
        """A certificate and its key, in the folder."""
        return self.authority.issue(name, identity)

    def kubeconfig(self, name: str) -> Path:
        """The kubeconfig of one of the node's programs."""
        return self.folder / f"{name}.conf"

    def file(self, name: str) -> str:
        """A certificate or key."""
        return str(self.folder / name)


NODE_URL = f"https://{NODE_ADDRESS}:{API}"
IDENTITIES = {
    "controllers": Identity("system:kube-controller-manager"),
    "scheduler": Identity("system:kube-scheduler"),
    "proxy": Identity("system:kube-proxy"),
    "firewall": Identity("codezest:firewall"),
    "volumes": Identity("codezest:volumes"),
    "kubelet": Identity(f"system:node:{NODE_NAME}", groups=("system:nodes",), hosts=(NODE_NAME, NODE_ADDRESS)),
}


def control_plane(site: Site, access: Access) -> list[Unit]:
    """The units in the order of their start."""
    return [_etcd(site), _api(site, access), _controllers(site, access), _scheduler(site, access)]


def _etcd(site: Site) -> Unit:
    url, peers = f"http://{LOOPBACK}:{ETCD}", f"http://{LOOPBACK}:{ETCD_PEERS}"
    command = [
        site.program("etcd"),
        f"--data-dir={site.root / 'etcd'}",
        # It lives in memory and for one run, so nothing is gained by waiting for a disk.
        "--unsafe-no-fsync",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
    ]
    return node_unit(site, "etcd", command, ready=http_ok(ETCD, "/readyz"), port=ETCD)


def _api(site: Site, access: Access) -> Unit:
    configuration = access.folder / "authentication.json"
    write_private(configuration, json.dumps(ANONYMOUS))
    command = [
        site.program("kube-apiserver"),
        f"--etcd-servers=http://{LOOPBACK}:{ETCD}",
        f"--service-cluster-ip-range={SERVICES}",
        f"--bind-address={NODE_ADDRESS}",
        f"--advertise-address={NODE_ADDRESS}",
        f"--secure-port={API}",
        f"--tls-cert-file={access.file('apiserver.crt')}",
        f"--tls-private-key-file={access.file('apiserver.key')}",
        f"--client-ca-file={access.authority.anchor}",
        f"--authentication-config={configuration}",
        f"--kubelet-certificate-authority={access.authority.anchor}",
        f"--kubelet-client-certificate={access.file('kubelet-client.crt')}",
        f"--kubelet-client-key={access.file('kubelet-client.key')}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-issuer=https://kubernetes.default.svc.{DOMAIN}",
        f"--service-account-key-file={access.file('accounts.pub')}",
        f"--service-account-signing-key-file={access.file('accounts.key')}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--profiling=false",
    ]
    ready = https_ok(API, "/readyz", access.authority.anchor, NODE_ADDRESS)
    return node_unit(site, "apiserver", command, ready=ready, needs=("etcd",), port=API)


def _controllers(site: Site, access: Access) -> Unit:
    config = access.kubeconfig("controllers")
    command = [
        site.program("kube-controller-manager"),
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={CONTROLLERS}",
        f"--service-account-private-key-file={access.file('accounts.key')}",
        f"--root-ca-file={access.authority.anchor}",
        f"--cluster-signing-cert-file={access.authority.anchor}",
        f"--cluster-signing-key-file={access.authority.write_key()}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        f"--flex-volume-plugin-dir={site.root / 'plugins'}",
    ]
    ready = listens(CONTROLLERS)
    return node_unit(site, "controllers", command, ready=ready, needs=("apiserver",), port=CONTROLLERS)


def _scheduler(site: Site, access: Access) -> Unit:
    config = access.kubeconfig("scheduler")
    command = [
        site.program("kube-scheduler"),
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={SCHEDULER}",
        "--leader-elect=false",
    ]
    return node_unit(site, "scheduler", command, ready=listens(SCHEDULER), needs=("apiserver",), port=SCHEDULER)
