"""dapr.yaml means the same to the supervisor as to `dapr run -f`."""

from pathlib import Path

import pytest
import yaml

from tools.local.daprfile import read_apps
from tools.local.problem import Problem
from tools.local.site import ROOT, Options

# The keys that Dapr's own reader knows (pkg/runfileconfig and pkg/standalone of its CLI) and we use.
KNOWN_COMMON = {
    "env",
    "resourcesPaths",
    "configFilePath",
    "logLevel",
    "enableAppHealthCheck",
    "appHealthCheckPath",
    "appHealthProbeInterval",
    "appHealthProbeTimeout",
    "appHealthThreshold",
}
KNOWN_APP = KNOWN_COMMON | {
    "appID",
    "appDirPath",
    "appPort",
    "daprHTTPPort",
    "daprGRPCPort",
    "daprInternalGRPCPort",
    "metricsPort",
    "command",
}
ENTRY = """
version: 1
common:
  resourcesPaths: [shared-resources]
  env: {A: "1", B: "1"}
apps:
  - appID: auth
    appDirPath: services/auth
    appPort: 8020
    daprHTTPPort: 8021
    daprGRPCPort: 8022
    daprInternalGRPCPort: 8023
    metricsPort: 8024
    configFilePath: config.yaml
    enableAppHealthCheck: true
    appHealthCheckPath: /healthz
    command: [python, -m, x, 1]
    env: {B: 2}
"""


def test_the_file_holds_only_what_dapr_knows() -> None:
    document = yaml.safe_load((ROOT / "dapr.yaml").read_text())
    assert document["version"] == 1
    assert document.keys() <= {"version", "common", "apps"}
    assert document["common"].keys() <= KNOWN_COMMON
    assert all(entry.keys() <= KNOWN_APP for entry in document["apps"])


def test_every_path_it_names_exists() -> None:
    for app in read_apps(Options.apps_file):
        assert app.directory.is_dir()
        assert app.configuration.is_file()
        assert all(path.is_dir() for path in app.resources)


def test_every_service_has_an_entry_and_every_entry_a_service() -> None:
    services = {path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")}
    assert {app.id for app in read_apps(Options.apps_file)} == services


def test_an_entry_overrides_what_is_common(tmp_path: Path) -> None:
    (tmp_path / "dapr.yaml").write_text(ENTRY)
    (app,) = read_apps(tmp_path / "dapr.yaml")
    assert app.environment == {"A": "1", "B": "2"}
    assert app.command == ("python", "-m", "x", "1")
    assert app.sidecar_flags == ("--enable-app-health-check", "--app-health-check-path=/healthz")


def test_common_paths_start_at_the_file_and_an_apps_own_at_its_folder(tmp_path: Path) -> None:
    (tmp_path / "dapr.yaml").write_text(ENTRY)
    (app,) = read_apps(tmp_path / "dapr.yaml")
    assert app.resources == (tmp_path / "shared-resources",)
    assert app.configuration == tmp_path / "services" / "auth" / "config.yaml"


def test_a_missing_key_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "dapr.yaml").write_text(ENTRY.replace("    metricsPort: 8024\n", ""))
    with pytest.raises(Problem, match="metricsPort"):
        read_apps(tmp_path / "dapr.yaml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is missing"):
        read_apps(tmp_path / "dapr.yaml")
