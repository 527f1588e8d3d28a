import json
from pathlib import Path

from tests.toolchain.making import a_pin
from tests.toolchain.test_checksums import a_job, module
from tools.toolchain.cache import Cache
from tools.toolchain.golang import build_go, build_main
from tools.toolchain.pins import HERE, load
from tools.toolchain.programs import Toolchain

# Answers `go mod download` with a module, and lets `go build -o FILE PACKAGE` leave a trace of what was asked.
GO = """#!/bin/sh
if [ "$1" = mod ]; then /bin/cat {answer}; exit; fi
while [ "$1" != -o ]; do shift; done
/bin/mkdir -p "$(/usr/bin/dirname "$2")"
echo "$3" >> {asked}
echo "built from $3" > "$2"
/bin/chmod 755 "$2"
"""


def go(root: Path) -> Path:
    """A stand-in for Go, and the file of the packages it was asked to build."""
    answer = root / "answer.json"
    module(root, "h1:abc")
    answer.write_text(json.dumps({"Sum": "h1:abc", "Dir": str(root / "module@v1")}))
    program = root / "go"
    program.write_text(GO.format(answer=answer, asked=root / "asked"))
    program.chmod(0o755)
    return program


def test_a_package_under_several_names_is_built_once_and_all_names_are_that_program(tmp_path: Path) -> None:
    pin = a_pin(tmp_path, packages={"one": ".", "two": ".", "three": "./other"}, source="s", version="1")
    job = a_job(tmp_path, pin, go=go(tmp_path))
    build_main(job)
    built = {path.name: path.read_text() for path in (job.folder / "bin").iterdir()}
    assert built == {"one": "built from .\n", "two": "built from .\n", "three": "built from ./other\n"}
    # The finished folder is renamed into the cache.
    assert (job.folder / "bin/two").readlink() == Path("one")
    assert (tmp_path / "asked").read_text().split() == [".", "./other"]


def test_a_folder_of_the_source_that_is_wanted_is_kept(tmp_path: Path) -> None:
    pin = a_pin(tmp_path, checksum="h1:abc", packages={"greet": "./cmd"}, keeps={"cmd": "chart"})
    job = a_job(tmp_path, pin, go=go(tmp_path))
    build_go(job)
    assert (job.folder / "chart/main.go").read_text() == "package main"


def test_only_a_cluster_needs_the_programs_of_its_group() -> None:
    tools = Toolchain(load(), Cache(HERE), environ={})
    assert {"kubelet", "etcd", "coredns", "kube-router", "pause"} <= set(tools.group("cluster"))
    assert not set(tools.group("")) & set(tools.group("cluster"))
    assert {"postgres", "daprd", "sentry"} <= set(tools.group(""))


def test_the_control_plane_is_of_the_sidecars_source() -> None:
    pins = load()
    for name in ("source", "version", "checksum"):
        assert getattr(pins["dapr-control-plane"], name) == getattr(pins["daprd"], name)
        assert getattr(pins["dapr-chart"], name) == getattr(pins["daprd"], name)


def test_every_part_of_kubernetes_has_the_version_of_the_whole() -> None:
    text = (HERE / "kube/go.mod").read_text()
    replaced = [line.split() for line in text.splitlines() if "=>" in line]
    minor = load()["kube"].version.removeprefix("1.")
    assert f"k8s.io/kubernetes v1.{minor}\n" in text
    assert replaced
    assert [line for line in replaced if line[0] != line[2] or line[3] != f"v0.{minor}"] == []
