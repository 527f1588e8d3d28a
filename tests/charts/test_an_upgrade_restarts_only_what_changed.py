"""What an upgrade restarts. Database and broker have one pod each: a later version alone leaves them. Sidecars read Dapr's objects
once, at their start, because all would restart together if they watched them: pods are replaced, one by one, instead.
"""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.charts.rendering import CHARTS, Manifest, named, of_kind, service, template

NEXT = "9.9.9"


@pytest.fixture
def next_chart(tmp_path: Path) -> Path:
    """The chart of the platform as the next version has it."""
    shutil.copytree(CHARTS / "platform", tmp_path / "platform")
    about = tmp_path / "platform/Chart.yaml"
    about.write_text(yaml.safe_dump({**yaml.safe_load(about.read_text()), "version": NEXT, "appVersion": NEXT}))
    return about.parent


def rendered(chart: Path, *, of: str = "") -> list[Manifest]:
    """What a chart at any place makes of its defaults, or of a service's own values."""
    done = template(str(chart), {}, release=of or "platform", service=of)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if one]


def workloads(chart: Path) -> dict[str, Manifest]:
    """What runs all the time, by kind and name."""
    found = of_kind(rendered(chart), "Deployment", "StatefulSet", "DaemonSet")
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


def test_pods_of_the_platform_are_the_same_in_the_next_version(next_chart: Path) -> None:
    now, then = workloads(CHARTS / "platform"), workloads(next_chart)
    assert {"StatefulSet/postgres", "StatefulSet/redis"} <= now.keys() == then.keys()
    for name, workload in now.items():
        assert workload["metadata"]["labels"] != then[name]["metadata"]["labels"], "the object says its chart"
        assert workload["spec"] == then[name]["spec"], name


@pytest.fixture
def changed_chart(tmp_path: Path) -> Path:
    """A copy of the chart of services, with components of its own to change."""
    return Path(shutil.copytree(CHARTS / "service", tmp_path / "service"))


def pod_of_auth(manifests: list[Manifest]) -> Manifest:
    """The template of its pods."""
    pod: Manifest = named(manifests, "Deployment", "auth")["spec"]["template"]
    return pod


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pubsub.yaml", "activity=auth,learning", "activity=auth,payments,learning"),
        ("state.yaml", "name: redisHost", "name: redisHosts"),
        ("secrets.yaml", "version: v1", "version: v2"),
        ("resiliency.yaml", "duration", "length"),
        ("configuration/auth.yaml", "httpVerb: [GET]", "httpVerb: [PUT]"),
    ],
)
def test_pods_are_replaced_when_a_file_changes_that_their_sidecar_reads(
    changed_chart: Path, file: str, old: str, new: str
) -> None:
    before = pod_of_auth(rendered(changed_chart, of="auth"))
    path = changed_chart / "components" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert pod_of_auth(rendered(changed_chart, of="auth")) != before


OTHER = {
    "redis.enabled": False,
    "redis.host": "other",
    "redis.port": 1,
    "redis.tls": True,
    "traces.host": "other",
}


def test_each_value_that_changes_what_a_sidecar_reads_is_tried() -> None:
    read = (CHARTS / "platform/templates/dapr.yaml").read_text()
    assert set(re.findall(r"\.Values\.global\.([\w.]+)", read)) == OTHER.keys()
    assert read.count(".Values.") == read.count(".Values.global."), "a value that the services' chart does not have"


@pytest.mark.parametrize("name", OTHER)
def test_pods_are_replaced_when_a_value_changes_that_their_sidecar_reads(name: str) -> None:
    part, setting = name.split(".")
    before, after = (
        pod_of_auth(service("auth", values))["metadata"]["annotations"]
        for values in ({}, {"global": {part: {setting: OTHER[name]}}})
    )
    assert before["checksum/sidecar"] != after["checksum/sidecar"]


def test_pods_stay_when_what_others_sidecars_read_or_a_comment_changes(changed_chart: Path) -> None:
    before = pod_of_auth(rendered(changed_chart, of="auth"))
    other = changed_chart / "components/configuration/activity.yaml"
    other.write_text(other.read_text().replace("activity-cursor-key", "activity-other-key"))
    own = changed_chart / "components/configuration/auth.yaml"
    own.write_text(f"# another remark\n{own.read_text()}")
    assert pod_of_auth(rendered(changed_chart, of="auth")) == before
