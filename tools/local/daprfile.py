"""Reads dapr.yaml, the index of the local run in the format of `dapr run -f`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.local.ports import InstancePorts
from tools.local.problem import Problem


@dataclass(frozen=True, kw_only=True)
class App:
    """One entry: a service, its declared ports (those of base 8000) and what its sidecar is told. Paths are absolute."""

    id: str
    directory: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: InstancePorts
    resources: tuple[Path, ...]
    configuration: Path
    sidecar_flags: tuple[str, ...]


# The keys that become a flag of daprd as they are, and that flag.
FLAGS = {
    "appHealthCheckPath": "app-health-check-path",
    "appHealthProbeInterval": "app-health-probe-interval",
    "appHealthProbeTimeout": "app-health-probe-timeout",
    "appHealthThreshold": "app-health-threshold",
    "logLevel": "log-level",
}
PORTS = {
    "app": "appPort",
    "http": "daprHTTPPort",
    "grpc": "daprGRPCPort",
    "internal": "daprInternalGRPCPort",
    "metrics": "metricsPort",
}


def read_apps(file: Path) -> list[App]:
    """The apps of a file, in its order. Raises Problem when the file is missing or an entry lacks something."""
    try:
        document = yaml.safe_load(file.read_text())
        common = document.get("common") or {}
        return [_app(file.parent, common, entry) for entry in document["apps"]]
    except FileNotFoundError:
        raise Problem(f"{file} is missing.", "Start from the root of the repository.") from None
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise Problem(f"{file} cannot be read: {error!r}.", "Compare the entry with its neighbours.") from error


def _app(folder: Path, common: Mapping[str, Any], entry: Mapping[str, Any]) -> App:
    merged = {**common, **entry}
    directory = (folder / entry["appDirPath"]).resolve()
    # As in Dapr: an entry's own paths start at its directory, the common ones at the file.
    origin = directory if "resourcesPaths" in entry else folder
    environment = {**(common.get("env") or {}), **(entry.get("env") or {})}
    return App(
        id=entry["appID"],
        directory=directory,
        command=tuple(str(word) for word in entry["command"]),
        environment={name: str(value) for name, value in environment.items()},
        ports=InstancePorts(**{name: int(entry[key]) for name, key in PORTS.items()}),
        resources=tuple((origin / path).resolve() for path in merged["resourcesPaths"]),
        configuration=(directory / entry["configFilePath"]).resolve(),
        sidecar_flags=_flags(merged),
    )


def _flags(merged: Mapping[str, Any]) -> tuple[str, ...]:
    flags = [f"--{flag}={merged[key]}" for key, flag in FLAGS.items() if key in merged]
    return tuple((["--enable-app-health-check"] if merged.get("enableAppHealthCheck") else []) + flags)
