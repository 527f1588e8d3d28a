"""What this operator can install: the version that it carries, its charts and its services."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PLATFORM = "platform"
SERVICE = "service"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart by its path, its version, and a digest of all its files."""

    path: str
    version: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One version of CodeZest: both charts, each service's own values, and what every installation is given beside them."""

    version: str
    platform: Chart
    service: Chart
    services: Mapping[str, Mapping[str, Any]]
    registry: str = ""
    platform_values: Mapping[str, Any]

    def chart_of(self, release: str) -> Chart:
        """The chart that a release is made of."""
        return self.platform if release == PLATFORM else self.service
