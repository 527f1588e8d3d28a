"""docs/install.md names the Secrets that exist, values that exist, and commands that render."""

import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.charts.rendering import helm, of_kind, platform, template
from tools.contracts.values_page import schema_of
from tools.database.services import ROOT, services

PAGE = (ROOT / "docs/install.md").read_text()
BLOCKS = {
    text.splitlines()[0].removeprefix("# "): yaml.safe_load(text) for text in re.findall(r"(?s)```yaml\n(.+?)```", PAGE)
}


def secrets_of_the_page() -> dict[str, set[str]]:
    rows = re.findall(r"(?m)^\| `([\w<>-]+)` \| ((?:`[\w.]+`(?:, )?)+) \|", PAGE.split("## Secrets")[1].split("## ")[0])
    return {name: set(re.findall(r"`([\w.]+)`", keys)) for name, keys in rows}


@pytest.mark.thorough
def test_every_secret_is_listed_with_its_keys() -> None:
    found: dict[str, set[str]] = {}
    for one in of_kind(platform({}), "Secret"):
        name = one["metadata"]["name"]
        general = next(
            (name.replace(f"{service}-", "<service>-") for service in services() if name.startswith(f"{service}-")),
            name,
        )
        found.setdefault(general, set()).update(one["data"])
    assert secrets_of_the_page() == found


@pytest.mark.thorough
def test_the_file_that_is_yours_fits_both_charts() -> None:
    values: dict[str, Any] = BLOCKS["installation.yaml"]
    assert template("platform", values, release="platform").returncode == 0
    for service in services():
        assert template("service", values, release=service, service=service).returncode == 0


@pytest.mark.thorough
def test_a_fresh_set_of_secrets_can_be_had() -> None:
    assert "--show-only templates/secrets.yaml" in PAGE
    done = helm("template", "platform", str(ROOT / "charts/platform"), "--show-only", "templates/secrets.yaml")
    assert {one["kind"] for one in yaml.safe_load_all(done.stdout) if one} == {"Secret"}


def test_every_service_is_installed() -> None:
    assert f"for service in {' '.join(in_order())}; do" in PAGE


def in_order() -> list[str]:
    """As in dapr.yaml: auth first, whom the others ask."""
    apps: list[dict[str, str]] = yaml.safe_load((ROOT / "dapr.yaml").read_text())["apps"]
    return [app["appID"] for app in apps]


def test_every_value_it_names_is_one() -> None:
    known = set(paths(schema_of("platform"), schema_of("platform"))) | set(
        paths(schema_of("service"), schema_of("service"))
    )
    checklist = PAGE.split("## Production checklist")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z]\w*(?:\.\w+)+)(?:: [^`]+)?`", checklist)) - {"global.ha.enabled"}
    assert len(named) > 15
    assert {
        name for name in named if name not in known and not name.startswith(("settings.", "secrets.given."))
    } == set()
    assert "monitoring.serviceMonitors" in known


def paths(node: Any, schema: Any, prefix: str = "") -> list[str]:
    found = []
    for name, value in node.get("properties", {}).items():
        found += [f"{prefix}{name}", *paths(value, schema, f"{prefix}{name}.")]
    return found


def test_both_charts_know_what_it_gives_to_all() -> None:
    for chart in ("platform", "service"):
        Draft202012Validator(schema_of(chart)).validate(BLOCKS["installation.yaml"])
