"""The operator as its own process, with exactly the rights that the chart gives it."""

import base64
import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
from prometheus_client.parser import text_string_to_metric_families

from tests.operator.chart import SYSTEM, codezest
from tests.operator.server import HERE, Server, free_ports
from tests.shared.scraping import Samples
from tools.database.services import ROOT
from tools.toolchain import programs

ACCOUNT = f"system:serviceaccount:{SYSTEM}:codezest-operator"
LEASE_SECONDS = 15  # as the chart sets it
WITHIN = 90.0
POLL = 0.1


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A running replica."""

    process: subprocess.Popen[bytes]
    name: str
    port: int
    log: Path

    def metric(self, name: str) -> float:
        """The sum of a figure over its labels; 0 while there is none."""
        try:
            with urllib.request.urlopen(f"http://{HERE}:{self.port}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0
        return sum(float(line.split()[-1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def samples(self) -> Samples:
        """All that it tells Prometheus, by name and labels."""
        with urllib.request.urlopen(f"http://{HERE}:{self.port}/metrics", timeout=5) as answer:
            families = text_string_to_metric_families(answer.read().decode())
        return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}

    def healthy(self) -> bool:
        """What its health says."""
        try:
            with urllib.request.urlopen(f"http://{HERE}:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False

    def helms(self) -> list[psutil.Process]:
        """The helm processes below it."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if _is_helm(one)]


def _is_helm(process: psutil.Process) -> bool:
    try:
        return process.name() == "helm"
    except psutil.NoSuchProcess:
        return False


@contextmanager
def a_replica(server: Server, name: str = "first", **settings: str) -> Iterator[Replica]:
    """A replica for as long as the block lasts."""
    (port,) = free_ports(1)
    folder = server.folder / name
    folder.mkdir(exist_ok=True)
    environment = {
        "PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(ROOT / "operator"), "PYTHONUNBUFFERED": "1",
        "KUBECONFIG": str(server.as_user(ACCOUNT, "system:serviceaccounts", "system:authenticated")),
        "CODEZEST_OPERATOR_INSTANCE": name, "CODEZEST_OPERATOR_NAMESPACE": SYSTEM, "CODEZEST_OPERATOR_ROOT": str(ROOT),
        "CODEZEST_OPERATOR_HELM": str(programs.ensure("helm")), "CODEZEST_OPERATOR_SCRATCH": str(folder / "helm"),
        "CODEZEST_OPERATOR_PORT": str(port), "CODEZEST_OPERATOR_ADDRESS": HERE,
        "CODEZEST_OPERATOR_LEASE_SECONDS": str(LEASE_SECONDS), **settings,
    }  # fmt: skip
    log = server.folder / f"{name}.operator.log"
    with log.open("ab") as out:
        command = [sys.executable, "-m", "codezest_operator.main"]
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=out, stderr=out)
    replica = Replica(process=process, name=name, port=port, log=log)
    try:
        yield replica
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def eventually(holds: Callable[[], Any], what: str, *, within: float = WITHIN) -> Any:
    """Wait until it holds, and return what it said; a failure tells what was waited for."""
    deadline = time.monotonic() + within
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what}")
        time.sleep(POLL)
    return found


class Platform:
    """An address that answers as a running platform does, while `up`."""

    def __init__(self) -> None:
        self.up = True
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if platform.up and self.path.startswith("/api/") else 503)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer((HERE, 0), Handler)
        self.address = f"{HERE}:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, daemon=True).start()


def status(server: Server, namespace: str, name: str = "school") -> dict[str, Any]:
    """The status of a CodeZest; empty if it is not there."""
    found = server.get("codezest", name, f"--namespace={namespace}")
    return (found or {}).get("status") or {}


def condition(server: Server, namespace: str, name: str) -> dict[str, Any]:
    """A condition of the CodeZest `school`, empty if it is not there; only one that is about its present spec."""
    found = server.get("codezest", "school", f"--namespace={namespace}") or {}
    conditions = (found.get("status") or {}).get("conditions") or []
    for one in conditions:
        if one["type"] == name and one["observedGeneration"] == found["metadata"]["generation"]:
            return dict(one)
    return {}


def revisions(server: Server, namespace: str) -> dict[str, int]:
    """The newest revision of each release."""
    secrets = server.get("secret", f"--namespace={namespace}", "--selector=owner=helm")["items"]
    found: dict[str, int] = {}
    for secret in secrets:
        labels = secret["metadata"]["labels"]
        found[labels["name"]] = max(found.get(labels["name"], 0), int(labels["version"]))
    return found


def decoded(secret: Any) -> dict[str, Any]:
    """The release that Helm keeps in a Secret."""
    release: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    return release


def encoded(release: dict[str, Any]) -> str:
    """A release as Helm keeps it in a Secret."""
    return base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()


def told(document: Any) -> str:
    """All of a document as text."""
    return json.dumps(document)


TWO = {name: {"enabled": False} for name in ("activity", "notifications", "payments")}


def school(space: str, platform: Platform, **spec: Any) -> dict[str, Any]:
    """A CodeZest with two services, at an address that answers."""
    services = {**TWO, **spec.pop("services", {})}
    # Each test has a host of its own, as hosts are claimed.
    ingress = {"url": f"http://{space}.localhost", "probeAddress": platform.address}
    return codezest(space, ingress=ingress, services=services, **spec)


def ready(server: Server, space: str) -> Any:
    return condition(server, space, "Ready").get("status") == "True"
