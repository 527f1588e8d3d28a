"""`make dev` as somebody uses it who writes code: from an empty cluster to a changed answer, and back to nothing."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.cluster.clusters import REPOSITORY, Cluster, a_cluster, eventually, told
from tests.new.copies import copy_of_the_repository
from tools.toolchain import programs

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]

BUILT_WITHIN, STARTED_WITHIN, ENDED_WITHIN = 600, 240, 60
VERIFIED_WITHIN, RENDERED_WITHIN = 240, 120
# Goals (seconds) are for a machine at rest; whatever else this one does, more than the second is a mistake.
CHANGED_GOAL, CHANGED_WITHIN = 3, 15
LOCKED_GOAL, LOCKED_WITHIN = 60, 240
CHANGES = 3


@dataclass(frozen=True)
class Checkout:
    """A copy of this one, and a cluster of its own to develop on."""

    folder: Path
    cluster: Cluster

    def skaffold(self, *words: str) -> "subprocess.Popen[bytes]":
        """What `make dev` and `make skaffold` start; it says into a file."""
        with self.said.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "tools.deploy.skaffold", *words],
                cwd=self.folder,
                env={**self.cluster.environment, "PYTHONPATH": str(self.folder)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> Path:
        """What skaffold said since it was started."""
        return self.folder.parent / "skaffold.log"

    def title(self) -> str:
        """The name by which auth's document goes, asked for through the ingress; "" while nobody answers."""
        url = f"http://127.0.0.1:{self.cluster.ports.ingress}/api/auth/openapi.json"
        try:
            answer = httpx.get(url, headers={"host": "codezest.localhost"}, timeout=2, trust_env=False)
        except httpx.TransportError:
            return ""
        return str(answer.json()["info"]["title"]) if answer.is_success else ""

    def retitle(self, title: str) -> None:
        """Change the code of a route's service."""
        main = self.folder / "services/auth/main.py"
        main.write_text(re.sub(r'title="[^"]+"', f'title="{title}"', main.read_text(), count=1))

    def relock(self, package: str) -> None:
        """Change what the lock says of a package: one of the files that it could come as is no longer let in."""
        lock = self.folder / "requirements.lock"
        text, times = re.subn(rf"(?m)^({package}==.+\n) +--hash=.+\n", r"\1", lock.read_text(), count=1)
        assert times == 1
        lock.write_text(text)

    def ready(self, service: str) -> set[str]:
        """The service's pods all of whose containers are ready and that are not on their way out."""
        chosen = f"--selector=app.kubernetes.io/name={service},app.kubernetes.io/component=service"
        pods = self.cluster.get("pods", "--namespace=codezest", chosen)["items"]
        return {pod["metadata"]["name"] for pod in pods if _is_ready(pod)}


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The copy, and the cluster while the tests of this file run."""
    folder = copy_of_the_repository(tmp_path_factory.mktemp("loop") / "codezest")
    (folder / ".venv").symlink_to(REPOSITORY / ".venv")
    cluster = a_cluster(tmp_path_factory.mktemp("cluster"), index=1)
    told(f"cluster: ready after {cluster.up():.1f} s")
    try:
        yield Checkout(folder, cluster)
    finally:
        told(f"cluster: stopped after {cluster.down():.1f} s")


@contextmanager
def running(checkout: Checkout, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """skaffold, ended as by Ctrl-C if the test did not end it."""
    process = checkout.skaffold(*words)
    try:
        yield process
    except BaseException:
        told(checkout.said.read_text(errors="replace")[-4000:])
        raise
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def says(checkout: Checkout, process: "subprocess.Popen[bytes]", line: str, within: float) -> float:
    """Wait until skaffold says it; AssertionError if it ends before."""

    def it_does() -> bool:
        assert process.poll() is None or line in checkout.said.read_text(errors="replace"), "skaffold ended"
        return line in checkout.said.read_text(errors="replace")

    return eventually(it_does, f"skaffold says {line!r}", within)


@pytest.mark.parametrize(
    "profiles", ["", "dev", "prod", "trials", "dev,trials", "prod,trials", "operator", "dev,operator"]
)
def test_skaffold_takes_its_file_with_every_profile(profiles: str, tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    settings.touch()
    file = REPOSITORY / "skaffold.yaml"
    words = ["diagnose", "--yaml-only", f"--filename={file}", f"--profile={profiles}", f"--config={settings}"]
    done = subprocess.run(
        [str(programs.ensure("skaffold")), *words, "--update-check=false"],
        capture_output=True, text=True, timeout=RENDERED_WITHIN, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["apiVersion"] == yaml.safe_load(file.read_text())["apiVersion"]


def test_changes_are_there_within_seconds_and_ctrl_c_takes_all_away(checkout: Checkout) -> None:
    with running(checkout, "dev", "--profile", "trials") as process:
        told(f"skaffold dev: images made after {says(checkout, process, 'Starting deploy', BUILT_WITHIN):.1f} s")
        told(f"skaffold dev: watching after {says(checkout, process, 'Watching for changes', STARTED_WITHIN):.1f} s")
        assert checkout.title() == "CodeZest Auth"
        for number in range(CHANGES):
            change_a_route(checkout, number)
        change_the_lock(checkout)
        assert "[auth]" in checkout.said.read_text(errors="replace")  # logs are streamed
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDED_WITHIN) == 0
        told(f"skaffold dev: cleaned up in {time.monotonic() - began:.1f} s")
    assert checkout.cluster.get("deployments,statefulsets,services", "--namespace=codezest")["items"] == []


def change_a_route(checkout: Checkout, number: int) -> None:
    """The new code answers through the ingress, in the pod that was there."""
    pods = checkout.ready("auth")
    checkout.retitle(f"Auth, change {number}")
    took = eventually(
        lambda: checkout.title() == f"CodeZest Auth, change {number}", "the answer changes", CHANGED_WITHIN
    )
    told(f"skaffold dev: a changed file is answered after {took:.1f} s (goal {CHANGED_GOAL} s)")
    eventually(lambda: checkout.ready("auth") == pods, "auth's pod is the one of before, and ready")


def change_the_lock(checkout: Checkout) -> None:
    """Who installs something else by it gets a new pod, and nobody else."""
    auth, learning = checkout.ready("auth"), checkout.ready("learning")
    checkout.relock("argon2-cffi")  # of auth alone
    took = eventually(lambda: bool(checkout.ready("auth") - auth), "auth has a new pod", LOCKED_WITHIN)
    told(f"skaffold dev: a changed lock is in a new pod after {took:.1f} s (goal {LOCKED_GOAL} s)")
    assert checkout.ready("learning") == learning


def test_run_installs_verify_walks_the_main_job_and_delete_removes(checkout: Checkout) -> None:
    checkout.retitle("Auth")
    for words, within in ((["run"], BUILT_WITHIN + STARTED_WITHIN), (["verify"], VERIFIED_WITHIN), (["delete"], 120)):
        with running(checkout, *words, "--profile", "trials") as process:
            assert process.wait(within) == 0
        if words == ["verify"]:
            assert "The main job took" in checkout.said.read_text(errors="replace")
    assert checkout.cluster.get("deployments,statefulsets", "--namespace=codezest")["items"] == []


def test_the_same_loop_goes_through_the_operator_and_a_codezest(checkout: Checkout) -> None:
    with running(checkout, "dev", "--profile", "operator") as process:
        says(checkout, process, "Watching for changes", BUILT_WITHIN + STARTED_WITHIN)
        ready = checkout.cluster.get("codezest", "codezest", "--namespace=codezest")["status"]["conditions"]
        assert {one["type"]: one["status"] for one in ready} == {"Ready": "True"}
        change_a_route(checkout, CHANGES)
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDED_WITHIN) == 0
    words = ("deployments,statefulsets,services", "--namespace=codezest")
    eventually(lambda: checkout.cluster.get(*words)["items"] == [], "the operator has taken all away", ENDED_WITHIN)
    assert checkout.cluster.get("deployment", "codezest-operator", "--namespace=codezest-system")


def test_production_renders_with_values_of_ones_own(checkout: Checkout) -> None:
    folder = checkout.folder.parent
    peers = [{"ipBlock": {"cidr": "192.0.2.1/32"}}]
    database = {"host": "db.example.org", "sslMode": "require", "peers": peers}
    given = {"publicUrl": "http://codezest.example.org", "database": database, "redis": {"host": "r", "peers": peers}}
    (checkout.folder / "installation.yaml").write_text(yaml.safe_dump({"global": given}))
    rendered = folder / "rendered.yaml"
    with running(checkout, "render", "--profile=prod", "--digest-source=tag", f"--output={rendered}") as process:
        assert process.wait(RENDERED_WITHIN) == 0
    found = [document for document in yaml.safe_load_all(rendered.read_text()) if document]
    services = [document for document in found if document["kind"] == "Deployment"]
    assert sorted(one["spec"]["replicas"] for one in services if one["metadata"]["name"] != "collector") == [2] * 5
    urls = {document["data"].get("CODEZEST_PUBLIC_URL") for document in found if document["kind"] == "ConfigMap"}
    assert "http://codezest.example.org" in urls
    assert not any(document["kind"] in {"StatefulSet", "Secret"} for document in found)
