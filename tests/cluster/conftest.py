"""One cluster for all tests that only use it, one installation of the platform, and the image that the tests' own pods run."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.bystanders import bring_strangers, keep_jobs_awake, make_an_outside
from tests.cluster.clusters import Cluster, a_cluster, told
from tests.cluster.installation import Installation, install
from tests.cluster.pods import namespace
from tests.cluster.pushing import push
from tools.cluster.images import ProgramImage
from tools.toolchain import programs

SOURCE = Path(__file__).parent / "prober/main.go"
BUILD_WITHIN = 100


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running cluster."""
    cluster = a_cluster(tmp_path_factory.mktemp("cluster") / "home")
    try:
        told(f"cluster: ready after {cluster.up():.1f} s")
        yield cluster
    finally:
        told(f"cluster: stopped after {cluster.down():.1f} s")


@pytest.fixture(scope="session")
async def installation(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The platform with the world around it. Who changes it changes it back."""
    return await install(cluster, tmp_path_factory.mktemp("earlier"))


@pytest.fixture(scope="session")
def prober(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' own program, a static one."""
    program = tmp_path_factory.mktemp("prober") / "prober"
    command: list[str | Path] = [programs.ensure("go"), "build", "-trimpath", "-ldflags=-s -w", "-o", program, SOURCE]
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    subprocess.run(command, check=True, timeout=BUILD_WITHIN, env=environment, cwd=SOURCE.parent)
    return program


@pytest.fixture(scope="session")
def image(cluster: Cluster, prober: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The name under which pods pull the prober, and the digest that it was pushed as."""
    name = "tests/prober:1"
    digest = push(cluster.registry, ProgramImage(name, "prober", prober), tmp_path_factory.mktemp("image"))
    return f"{cluster.registry}/{name}", digest


@pytest.fixture(scope="session")
def surrounded(installation: Installation, image: tuple[str, str]) -> Installation:
    """The platform with its Jobs' pods kept awake, strangers around it, and an outside."""
    keep_jobs_awake(installation)
    bring_strangers(installation.cluster, image[0])
    make_an_outside(installation.cluster, image[0])
    return installation


@pytest.fixture
def space(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of this test's own, held to the strictest rules for pods."""
    name = f"t-{abs(hash(request.node.nodeid)) % 10**8}"
    cluster.apply(namespace(name))
    try:
        yield name
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=false")
