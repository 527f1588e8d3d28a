"""A claim of the default class is bound when a pod needs it, keeps what is written, and is gone with its claim."""

import pytest

from tests.cluster.clusters import Cluster, eventually
from tests.cluster.pods import claim, pod

pytestmark = pytest.mark.cluster


def test_a_claim_binds_keeps_its_data_and_goes_with_them(cluster: Cluster, space: str, image: tuple[str, str]) -> None:
    writer = pod(space, "writer", image[0], claim="data")
    cluster.apply(claim(space, "data"))
    assert cluster.get("pvc", "data", f"--namespace={space}")["status"]["phase"] == "Pending"
    for text in ("first", "second"):
        cluster.apply(writer)
        cluster.kubectl("wait", "pod/writer", f"--namespace={space}", "--for=condition=Ready", "--timeout=30s")
        if text == "second":
            assert cluster.ask(space, "writer", "/read", file="/data/text") == "first"
        assert cluster.ask(space, "writer", "/write", file="/data/text", text=text) == "written"
        assert "error: " in cluster.ask(space, "writer", "/write", file="/elsewhere", text=text)
        cluster.kubectl("delete", "pod", "writer", f"--namespace={space}")
    volume = cluster.get("pvc", "data", f"--namespace={space}")["spec"]["volumeName"]
    assert cluster.get("pv", volume)["status"]["phase"] == "Bound"
    cluster.kubectl("delete", "pvc", "data", f"--namespace={space}")
    eventually(lambda: volume not in cluster.kubectl("get", "pv", "--output=name"), "the volume is gone")
