"""The parts of a node that need no node: identities, images, volumes, and what a machine must have."""

import hashlib
import json
import ssl
import tarfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from tools.cluster import own
from tools.cluster.__main__ import main
from tools.cluster.certificates import Authority, Identity
from tools.cluster.enclosure import demand_visible
from tools.cluster.home import ClusterHome, ClusterPorts, Phase, State, cluster_home, read_state
from tools.cluster.images import ProgramImage, write_archive
from tools.cluster.volumes import is_released, volume_for, waits
from tools.local.problem import Problem


def test_a_certificate_names_its_user_groups_and_hosts_and_its_key_is_private(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("node", Identity("system:node:a", ("system:nodes",), ("a", "172.30.0.1")))
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    assert read.subject.rfc4514_string() == "CN=system:node:a,O=system:nodes"
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["a", "172.30.0.1"]
    read.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.anchor.read_bytes()))
    assert key.stat().st_mode & 0o777 == 0o600
    ssl.create_default_context().load_cert_chain(certificate, key)
    assert not (tmp_path / "ca.key").exists()


def test_a_kubeconfig_holds_all_it_needs_and_is_private(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("admin", Identity("admin"))
    path = authority.kubeconfig(tmp_path / "admin.conf", "https://127.0.0.1:1", pair)
    document = yaml.safe_load(path.read_text())
    assert b64decode(document["users"][0]["user"]["client-key-data"]) == pair[1].read_bytes()
    assert document["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:1"
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_image_holds_the_program_and_runs_it_as_nobody(tmp_path: Path) -> None:
    program = tmp_path / "built"
    program.write_bytes(b"\x7fELF and more")
    write_archive(tmp_path / "images.tar", [ProgramImage("localhost/greet:1", "greet", program)])
    with tarfile.open(tmp_path / "images.tar") as archive:
        content = {member.name: archive.extractfile(member) for member in archive}
        files = {name: file.read() for name, file in content.items() if file}
    (about,) = json.loads(files["manifest.json"])
    config = json.loads(files[about["Config"]])
    assert about["RepoTags"] == ["localhost/greet:1"]
    assert config["config"] == {"Entrypoint": ["/greet"], "User": "65532:65532"}
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(files[about['Layers'][0]]).hexdigest()}"]
    assert not (tmp_path / "greet.layer").exists()


def claim(**spec: Any) -> dict[str, Any]:
    about = {
        "name": "data",
        "namespace": "x",
        "uid": "u-1",
        "annotations": {"volume.kubernetes.io/selected-node": "node"},
    }
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"metadata": about, "spec": {"storageClassName": "standard", **wanted, **spec}}


def test_only_a_claim_of_our_class_that_a_pod_waits_for_gets_a_volume() -> None:
    assert waits(claim())
    assert not waits(claim(storageClassName="other"))
    assert not waits(claim(volumeName="pvc-1"))
    unplaced, leaving = claim(), claim()
    del unplaced["metadata"]["annotations"]
    leaving["metadata"]["deletionTimestamp"] = "now"
    assert not waits(unplaced)
    assert not waits(leaving)


def test_a_volume_is_bound_to_its_claim_and_removed_only_when_released() -> None:
    volume = volume_for(claim(), Path("/volumes/pvc-u-1"))
    assert volume["spec"]["claimRef"]["uid"] == "u-1"
    assert volume["spec"]["capacity"] == {"storage": "1Gi"}
    assert not is_released({**volume, "status": {"phase": "Bound"}})
    released = {**volume, "status": {"phase": "Released"}}
    assert is_released(released)
    foreign = {**released, "metadata": {"name": "theirs"}}
    kept = {**released, "spec": {**released["spec"], "persistentVolumeReclaimPolicy": "Retain"}}
    assert not is_released(foreign)
    assert not is_released(kept)


@pytest.mark.parametrize("folder", ["/run/here", "/var/lib/here", "/var/log/here", "/home/me/a,b"])
def test_a_home_that_the_node_could_not_see_is_refused(folder: str) -> None:
    with pytest.raises(Problem, match="CODEZEST_CLUSTER_HOME"):
        demand_visible(ClusterHome(Path(folder)))
    demand_visible(ClusterHome(Path("/home/me/.cluster")))


def test_two_folders_are_two_names_for_the_kernel(tmp_path: Path) -> None:
    assert ClusterHome(tmp_path / "a").name != ClusterHome(tmp_path / "b").name
    assert ClusterHome(tmp_path / "a").name == cluster_home(str(tmp_path / "a")).name


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = State(kind="own", phase=Phase.failed, keeper=1, began=2.0, base=8300, problem={"cause": "c", "remedy": "r"})
    home = ClusterHome(tmp_path)
    assert read_state(home) is None
    state.write(home)
    assert read_state(home) == state
    assert home.state_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("base", [80, 65530])
def test_ports_that_cannot_be_are_refused(base: int) -> None:
    with pytest.raises(Problem, match="CODEZEST_CLUSTER_PORT_BASE"):
        ClusterPorts(base)


def test_a_machine_without_the_programs_is_told_all_packages_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(own, "SYSTEM_PATH", str(tmp_path))
    monkeypatch.setattr(own, "plugin_folder", lambda: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        Problem, match="apt-get install conntrack containerd containernetworking-plugins docker-registry"
    ):
        own.demand_machine()


def test_somebody_who_is_not_root_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Problem, match="Docker engine that answers, or Linux and root"):
        own.demand_machine()


def test_an_unknown_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEZEST_CLUSTER", "minikube")
    assert main(["--home", str(tmp_path), "up"]) == 1
    assert "'minikube'" in capsys.readouterr().err
