"""The catalogue that is packed with the operator: both charts, and each service's own values."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from codezest_operator.domain.catalogue import Catalogue, Chart


def catalogue(root: Path, *, registry: str, platform_values: Mapping[str, Any]) -> Catalogue:
    """What lies below `root`: charts/platform, charts/service, services/<name>/values.yaml. OSError if one is not there."""
    services = {file.parent.name: yaml.safe_load(file.read_text()) for file in root.glob("services/*/values.yaml")}
    platform, service = chart(root / "charts/platform"), chart(root / "charts/service")
    return Catalogue(
        version=str(yaml.safe_load((root / "charts/platform/Chart.yaml").read_text())["appVersion"]),
        platform=platform,
        service=service,
        services=services,
        registry=registry,
        platform_values=platform_values,
    )


def chart(folder: Path) -> Chart:
    """A chart by its folder; its digest changes with any of its files, those behind symbolic links included."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        digest.update(f"{path.relative_to(folder)}:".encode() + hashlib.sha256(path.read_bytes()).digest())
    version = str(yaml.safe_load((folder / "Chart.yaml").read_text())["version"])
    return Chart(path=str(folder), version=version, digest=digest.hexdigest())


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (Path(parent, name) for name in names)
