"""What a reconcile needs from outside. Each has one adapter in `data`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from codezest_operator.domain.drift import Drift
from codezest_operator.domain.releases import Desired, Observed
from codezest_operator.domain.spec import Ignore, SecretKey
from codezest_operator.domain.workloads import Health

Document = dict[str, Any]


class HelmFailed(Exception):
    """Helm ended with an error; the text is its last line, for the status."""


class LeaderLost(Exception):
    """Another replica may take over at any moment: nothing may be changed any more."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """Which CodeZest."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A release's newest revision, where it is, and the values that it was made with.

    `begun`: when Helm began it, by the API server's clock, as the ages of pods are.
    """

    namespace: str
    name: str
    observed: Observed
    begun: datetime
    values: Mapping[str, Any]
    manifest: str
    workloads: frozenset[tuple[str, str]] = frozenset()  # what is to run of it, by kind and name


class Resources(Protocol):
    """CodeZests themselves."""

    async def get(self, key: Key) -> Document | None: ...
    async def all(self) -> list[Document]: ...
    async def write_status(self, key: Key, status: Document) -> None: ...
    async def set_finalizer(self, document: Document, *, present: bool) -> None: ...
    async def announce(self, document: Document, *, reason: str, message: str, warning: bool) -> None: ...


class Releases(Protocol):
    """Helm's releases in one namespace, read without Helm."""

    async def stored(self, namespace: str) -> dict[str, Stored]: ...
    async def unlock(self, namespace: str, name: str, revision: int) -> None:
        """Raises HelmFailed if it is refused."""


class Helm(Protocol):
    """Helm itself. Never two at a time on one release. Each raises HelmFailed or LeaderLost."""

    async def upgrade(self, namespace: str, wanted: Desired, *, revision: int, seconds: float) -> None: ...
    async def rollback(self, namespace: str, name: str, *, to: int, seconds: float) -> None: ...
    async def uninstall(self, namespace: str, name: str, *, seconds: float) -> None: ...


class Cluster(Protocol):
    """What runs in a namespace, and what its Secrets hold."""

    async def secret_versions(self, namespace: str, keys: Sequence[SecretKey]) -> dict[SecretKey, str]: ...
    async def health(self, stored: Stored) -> Health: ...
    async def stuck(self, namespace: str, release: str, jobs_since: datetime | None) -> str: ...
    async def drifts(self, stored: Stored, ignore: Sequence[Ignore]) -> list[Drift]: ...
    async def correct(self, stored: Stored, drifts: Sequence[Drift]) -> None: ...


class Web(Protocol):
    """The platform's own address."""

    async def answers(self, url: str, *, by: str) -> bool: ...


class Clock(Protocol):
    """The time, in UTC."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What a pass works with."""

    resources: Resources
    releases: Releases
    helm: Helm
    cluster: Cluster
    web: Web
    clock: Clock
    observe: Callable[[str, str], None]
