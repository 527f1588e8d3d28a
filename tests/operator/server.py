"""A real API server with its etcd and controllers, as an ordinary user, on free ports of this machine, gone with its folder."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.cluster.certificates import Authority, Identity, write_signing_key
from tools.toolchain import programs

HERE = "127.0.0.1"
UP_WITHIN = 60.0
ENDS_WITHIN = 10.0
COMMAND_WITHIN = 60.0
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "helm")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running API server, and kubectl over it as its administrator or as somebody else."""

    folder: Path
    port: int
    authority: Authority

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "admin.conf"

    def as_user(self, user: str, *groups: str) -> Path:
        """The kubeconfig of somebody."""
        name = user.replace(":", "-")
        pair = self.authority.issue(name, Identity(user, groups=groups))
        return self.authority.kubeconfig(self.folder / f"{name}.conf", f"https://{HERE}:{self.port}", pair)

    def kubectl(
        self, *words: str, given: object = None, kubeconfig: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """kubectl's answer, good or bad."""
        command = [str(programs.ensure("kubectl")), f"--kubeconfig={kubeconfig or self.kubeconfig}", *words]
        text = given if isinstance(given, str) else json.dumps(given)
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=COMMAND_WITHIN, check=False)

    def apply(self, *documents: Mapping[str, Any]) -> None:
        """Apply by the server; a refusal fails the test."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(documents)}
        done = self.kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", given=listed)
        assert done.returncode == 0, done.stderr

    def get(self, *words: str) -> Any:
        """What `kubectl get` answers, or None if it is not there."""
        done = self.kubectl("get", *words, "--output=json")
        if "NotFound" in done.stderr:
            return None
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextmanager
def a_server(folder: Path) -> Iterator[Server]:
    """A server of one's own, ready to be asked."""
    paths = {name: str(programs.ensure(name)) for name in PROGRAMS}
    etcd, peers, api, controllers = free_ports(4)
    authority = Authority(folder / "pki")
    server = Server(folder=folder, port=api, authority=authority)
    admin = authority.issue("admin", Identity("tests", groups=("system:masters",)))
    authority.kubeconfig(server.kubeconfig, f"https://{HERE}:{api}", admin)
    with ExitStack() as running:
        running.enter_context(process(folder, "etcd", [paths["etcd"], *_etcd(folder, etcd, peers)]))
        running.enter_context(
            process(folder, "apiserver", [paths["kube-apiserver"], *_apiserver(authority, folder, etcd, api)])
        )
        _wait(server, "/readyz")
        manager = [paths["kube-controller-manager"], *_controllers(server, controllers)]
        running.enter_context(process(folder, "controllers", manager))
        yield server


def _etcd(folder: Path, client: int, peers: int) -> list[str]:
    url, other = f"http://{HERE}:{client}", f"http://{HERE}:{peers}"
    return [
        f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn",
        f"--listen-client-urls={url}", f"--advertise-client-urls={url}", f"--listen-peer-urls={other}",
        f"--initial-advertise-peer-urls={other}", f"--initial-cluster=default={other}",
    ]  # fmt: skip


def _apiserver(authority: Authority, folder: Path, etcd: int, port: int) -> list[str]:
    certificate, key = authority.issue("apiserver", Identity("kube-apiserver", hosts=("kubernetes", HERE, "10.0.0.1")))
    private, public = write_signing_key(folder / "pki")
    return [
        f"--etcd-servers=http://{HERE}:{etcd}", f"--bind-address={HERE}", f"--secure-port={port}",
        f"--advertise-address={_address()}", "--service-cluster-ip-range=10.0.0.0/16",
        f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}", f"--client-ca-file={authority.anchor}",
        "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={public}",
        f"--service-account-signing-key-file={private}", "--authorization-mode=RBAC", "--profiling=false",
        "--endpoint-reconciler-type=none", "--watch-cache=true",
    ]  # fmt: skip


def _controllers(server: Server, port: int) -> list[str]:
    names = (
        "deployment-controller,replicaset-controller,statefulset-controller,job-controller,garbage-collector-controller"
    )
    return [
        f"--kubeconfig={server.kubeconfig}", f"--bind-address={HERE}", f"--secure-port={port}", "--leader-elect=false",
        f"--controllers={names},namespace-controller,serviceaccount-controller,persistentvolumeclaim-protection-controller",
        "--concurrent-gc-syncs=5",
    ]  # fmt: skip


@contextmanager
def process(folder: Path, name: str, command: Sequence[str]) -> Iterator[None]:
    """A process that logs into the folder, ended with the block."""
    with (folder / f"{name}.log").open("wb") as log:
        started = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={"PATH": os.defpath, "HOME": str(folder)}
        )
    try:
        yield
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait(ENDS_WITHIN)


def _wait(server: Server, path: str) -> None:
    context = ssl.create_default_context(cafile=str(server.authority.anchor))
    deadline = time.monotonic() + UP_WITHIN
    while True:
        try:
            with urllib.request.urlopen(f"https://{HERE}:{server.port}{path}", context=context, timeout=5):
                return
        except urllib.error.HTTPError as problem:
            if problem.code in (401, 403):
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            log = (server.folder / "apiserver.log").read_text(errors="replace")[-2000:]
            raise AssertionError(f"the API server is not ready after {UP_WITHIN:.0f} s:\n{log}")
        time.sleep(0.1)


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HERE, 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _address() -> str:
    """An address that is not loopback, which the API server insists on announcing; nothing listens on it."""
    return "192.0.2.1"
