"""No pod of the platform runs as root, can write its root file system, or holds a token that the API server accepts.

Seen from the node: users and rights as the kernel knows them, files as they are mounted, tokens as the API server answers them.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cluster.bystanders import JOBS
from tests.cluster.clusters import Cluster, eventually, told
from tests.cluster.containers import Container, containers
from tests.cluster.installation import NAMESPACE, Installation
from tests.cluster.machine import family
from tests.cluster.pods import Object, pod
from tests.processes import lasting
from tools.database.services import services

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

TOKEN = re.compile(rb"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{40,}")
LARGEST = 200_000
# The kernel's own; and the image, which is the same for all who pull it.
NOBODY_S = ("/proc", "/sys", "/dev")
NONE = "0000000000000000"
SECCOMP_FILTERED = "2"


@pytest.fixture(scope="module")
def platform(surrounded: Installation) -> list[Container]:
    """Every container of the platform, those of its Jobs too."""
    return [one for one in containers(surrounded.cluster, f"--namespace={NAMESPACE}") if one.app in every_app()]


def every_app() -> set[str]:
    return {*services(), *JOBS, "postgres", "redis", "collector"}


def test_all_of_them_are_looked_at(platform: list[Container]) -> None:
    sidecars = {(name, "daprd") for name in services()}
    own = {(name, name) for name in (*services(), "postgres", "redis", "collector", "bootstrap")}
    assert {(one.app, one.name) for one in platform} == sidecars | own | {
        (f"{name}-migration", "migration") for name in services()
    }


def test_no_process_is_root_or_may_become_it(platform: list[Container]) -> None:
    looked_at = [(one, nobody) for one in platform for _, nobody in lasting(family(one.process), is_nobody)]
    assert {one for one, _ in looked_at} == set(platform)
    assert [title(one) for one, nobody in looked_at if not nobody] == []
    told(f"{len(looked_at)} processes of {len(platform)} containers")


def is_nobody(process: psutil.Process) -> bool:
    """Whether it is no user and no group of rights, and can gain none."""
    lines = (line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    status = {name: value.split() for name, value in lines}
    ids = {*status["Uid"], *status["Gid"], *status["Groups"]}
    capable = {status[name][0] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
    return (
        "0" not in ids
        and capable == {NONE}
        and status["NoNewPrivs"] == ["1"]
        and status["Seccomp"] == [SECCOMP_FILTERED]
    )


def test_nobody_can_write_a_root_file_system_not_even_root(platform: list[Container]) -> None:
    assert [title(one) for one in platform if can_be_written(one)] == []


def can_be_written(container: Container) -> bool:
    """Whether this test, which is root, can."""
    file = Path(f"/proc/{container.process.pid}/root/written")
    try:
        file.touch()
    except OSError as refused:
        assert refused.errno == errno.EROFS  # noqa: PT017 - another error would be no proof
        return False
    file.unlink()
    return True


def test_no_token_in_any_of_them_is_taken_by_the_api_server(
    platform: list[Container], surrounded: Installation
) -> None:
    held = {one: set(tokens(one)) for one in platform}
    with_tokens = {(one.app, one.name) for one, found in held.items() if found}
    assert with_tokens == {(name, "daprd") for name in services()}, (
        "a sidecar shows who it is to Dapr's sentry, others to nobody"
    )
    assert [
        title(one) for one, found in held.items() if any(is_taken(surrounded.cluster, token) for token in found)
    ] == []


def tokens(container: Container) -> Iterator[str]:
    """Every signed token in its environment, and in what is mounted into it."""
    process = Path(f"/proc/{container.process.pid}")
    contents = [process / "environ"]
    for line in (process / "mounts").read_text().splitlines():
        place = line.split()[1]
        if place != "/" and not place.startswith(NOBODY_S):
            root = Path(f"{process}/root{place}")
            contents += [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]
    for path in contents:
        with suppress(FileNotFoundError):
            if path.stat().st_size < LARGEST:
                yield from (found.decode() for found in TOKEN.findall(path.read_bytes()))


def is_taken(cluster: Cluster, token: str) -> bool:
    """Whether the API server knows whose it is."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"https://127.0.0.1:{cluster.ports.api}", verify=False, headers=headers) as client:  # noqa: S501 - on this machine
        status = client.get("/api").status_code
    assert status in {httpx.codes.OK, httpx.codes.UNAUTHORIZED}
    return status == httpx.codes.OK


def test_a_pod_that_is_none_of_this_is_seen(cluster: Cluster, image: tuple[str, str]) -> None:
    """What is looked for above is there to be found."""
    careless: Object = pod("default", "careless", image[0])
    careless["spec"] |= {"securityContext": {}, "automountServiceAccountToken": True}
    careless["spec"]["containers"][0] |= {"securityContext": {"runAsUser": 0}}
    cluster.apply(careless)

    def running() -> list[Container]:
        return [one for one in containers(cluster, "--namespace=default") if one.pod == "careless"]

    eventually(lambda: bool(running()), "it runs")
    (one,) = running()
    assert not is_nobody(one.process)
    assert can_be_written(one)
    assert [is_taken(cluster, token) for token in set(tokens(one))] == [True]
    cluster.kubectl("delete", "pod", "careless", "--namespace=default", "--wait=false")


def title(container: Container) -> str:
    return f"{container.app}/{container.name}"
