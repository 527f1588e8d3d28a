"""What can be said of the cluster with a Docker engine where there is none: when it is chosen, and what kind is told.

That it starts is not tested here: that needs an engine.
"""

from pathlib import Path

import pytest
import yaml

from tests.toolchain.making import write_program
from tools.cluster import kind
from tools.cluster.additions import dapr_values, traefik_image
from tools.cluster.home import ClusterPorts
from tools.toolchain.pins import load


@pytest.mark.parametrize(("code", "answers"), [(0, True), (1, False)])
def test_kind_is_chosen_only_where_an_engine_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, *, answers: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not kind.engine_answers()
    write_program(tmp_path / "docker", "info", code=code)
    assert kind.engine_answers() is answers


def test_an_engine_that_does_not_answer_in_time_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "docker", "").write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(kind, "ANSWER_WITHIN", 0.2)
    assert not kind.engine_answers()


def test_its_ports_are_ours_and_on_loopback() -> None:
    document = yaml.safe_load(kind.configuration(ClusterPorts(9000)))
    networking, (node,) = document["networking"], document["nodes"]
    assert (networking["apiServerAddress"], networking["apiServerPort"]) == ("127.0.0.1", 9002)
    (mapping,) = node["extraPortMappings"]
    assert (mapping["listenAddress"], mapping["hostPort"], mapping["containerPort"]) == ("127.0.0.1", 9000, 30080)


def test_both_kinds_run_the_same_versions() -> None:
    pins = load()
    assert kind.NODE_IMAGE.startswith(f"docker.io/kindest/node:v{pins['kube'].version}@sha256:")
    assert traefik_image("public") == f"docker.io/library/traefik:v{pins['traefik'].version}"
    own, public = dapr_values("localhost"), dapr_values("public")
    assert own["dapr_sidecar_injector"] == public["dapr_sidecar_injector"]
    assert public["global"] == {**own["global"], "registry": "ghcr.io/dapr", "tag": pins["daprd"].version}  # type: ignore[dict-item]
