"""Everything the builders of units need to know about one instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.local.credentials import Credentials
from tools.local.home import Home
from tools.local.ports import Ports

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person asked for. `without` names units that are left out, `traces` is the recorded share."""

    apps_file: Path = ROOT / "dapr.yaml"
    replicas: int = 1
    broker: bool = True
    traces: float = 1.0
    demo: bool = True
    reload: bool = False
    without: frozenset[str] = frozenset()

    def runs(self, name: str) -> bool:
        """Whether this backing program was not left out."""
        return name not in self.without and (name != "redis" or self.broker)


@dataclass(frozen=True, kw_only=True)
class Site:
    """One instance: where it is, what it was asked for, and where programs are found."""

    home: Home
    ports: Ports
    options: Options
    credentials: Credentials
    programs: Mapping[str, Path]
    services: tuple[str, ...]

    def program(self, name: str) -> str:
        """The path of an outside program."""
        return str(self.programs[name])

    @property
    def public_url(self) -> str:
        """The address people use."""
        return self.ports.url("gateway")

    def has(self, name: str) -> bool:
        """Whether this backing program runs in this instance."""
        return self.options.runs(name)

    def present(self, *names: str) -> tuple[str, ...]:
        """Those of the names that run in this instance."""
        return tuple(name for name in names if self.has(name))
