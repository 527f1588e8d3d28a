"""A small catalogue, specs and releases of it, for tests of what is pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from codezest_operator.domain.catalogue import Catalogue, Chart
from codezest_operator.domain.plan import Circumstances, Sight
from codezest_operator.domain.releases import Desired, HelmStatus, Observed, Record, desired
from codezest_operator.domain.retries import Policy
from codezest_operator.domain.spec import Remediation, Spec, read
from codezest_operator.domain.workloads import Health

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMEOUT = timedelta(minutes=5)
INTERVAL = timedelta(minutes=10)
CATALOGUE = Catalogue(
    version="1.0.0",
    platform=Chart(path="charts/platform", version="1.0.0", digest="p"),
    service=Chart(path="charts/service", version="1.0.0", digest="s"),
    services={"auth": {"name": "auth"}, "learning": {"name": "learning", "settings": {"broker": True}}},
    registry="registry.example.org/school",
    platform_values={},
)


def spec(**given: Any) -> Spec:
    """A spec as the API server would hand it over."""
    return read({"version": "1.0.0", **given})


def wanted(**given: Any) -> dict[str, Desired]:
    """The releases of such a spec."""
    return desired(spec(**given), CATALOGUE)


def circumstances(*, now: datetime = NOW, **remediation: Any) -> Circumstances:
    policy = Policy(remediation=Remediation(**remediation), longest=INTERVAL)
    return Circumstances(now=now, policy=policy, timeout=TIMEOUT)


def installed(release: Desired, *, revision: int = 1, **changes: Any) -> Observed:
    """A release as the operator has just installed it."""
    made = Observed(revision=revision, status=HelmStatus.deployed, at=NOW, digest=release.digest, made_as=revision)
    return replace(made, **changes)


def remembered(release: Desired, *, revision: int = 1, **changes: Any) -> Record:
    """What is remembered of a release that is well."""
    return replace(Record(revision=revision, attempted=release.digest, tested=revision), **changes)


def well(release: Desired, *, revision: int = 1) -> Sight:
    """A release in the best of states."""
    return Sight(observed=installed(release, revision=revision), record=remembered(release, revision=revision))


UNWELL = Health(ready=False, reason="0 of 1 pods of auth are available")
