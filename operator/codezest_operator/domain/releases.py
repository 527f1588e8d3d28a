"""A release: what it should be, what it is, and by both the one state it is in."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from codezest_operator.domain.catalogue import PLATFORM, Catalogue, Chart
from codezest_operator.domain.spec import Service, Spec
from codezest_operator.domain.values import platform_values, releases_of, service_values

DIGITS = 40


class State(StrEnum):
    """Where a release stands; each state has one action."""

    absent = "Absent"
    unmanaged = "Unmanaged"
    out_of_sync = "OutOfSync"
    drifted = "Drifted"
    locked = "Locked"
    untested = "Untested"
    failed = "Failed"
    in_sync = "InSync"


class HelmStatus(StrEnum):
    """Helm's own word for a revision."""

    unknown = "unknown"
    deployed = "deployed"
    uninstalled = "uninstalled"
    superseded = "superseded"
    failed = "failed"
    uninstalling = "uninstalling"
    pending_install = "pending-install"
    pending_upgrade = "pending-upgrade"
    pending_rollback = "pending-rollback"

    @property
    def is_pending(self) -> bool:
        """Helm refuses to touch a release whose newest revision says this."""
        return self in (self.pending_install, self.pending_upgrade, self.pending_rollback)


@dataclass(frozen=True, kw_only=True)
class Desired:
    """A release as it should be; not `present`: it should not be there."""

    name: str
    chart: Chart
    values: Mapping[str, Any]
    digest: str
    present: bool = True


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A release's newest revision as Helm has stored it. `made_as` is the revision the operator meant to make with
    `digest`; another number tells that Helm carried the labels over into a revision of somebody else's.
    """

    revision: int
    status: HelmStatus
    at: datetime
    digest: str = ""
    made_as: int = 0
    older: frozenset[int] = frozenset()  # older revisions that Helm has installed once, and still has


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An unlock, or the putting back of what drifted, that the API server refused: at which revision, how often, why, and when
    it is tried again. The release itself has not failed by it.
    """

    revision: int
    times: int
    error: str
    next_try: datetime


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the operator remembers of a release, in the status: its newest revision of its own, which digest it tried last and
    how often in vain, at which revision and why, which revision was seen to be healthy, when it may try again, since when it
    waits for the pods of which revision, and what else was refused.
    """

    revision: int = 0
    attempted: str = ""
    failures: int = 0
    failed: int = 0
    tested: int = 0
    rolled_back: bool = False
    next_try: datetime | None = None
    error: str = ""
    awaited: int = 0
    awaited_since: datetime | None = None
    refusal: Refusal | None = None

    def refusal_at(self, revision: int) -> Refusal | None:
        """What was refused at this revision; of another it says nothing."""
        return self.refusal if self.refusal is not None and self.refusal.revision == revision else None


def desired(spec: Spec, catalogue: Catalogue, secrets: str = "") -> dict[str, Desired]:
    """All releases by name, the platform's first. `secrets` changes when a referenced Secret does."""
    return {name: _desired(name, spec, catalogue, secrets) for name in releases_of(catalogue)}


def _desired(name: str, spec: Spec, catalogue: Catalogue, secrets: str) -> Desired:
    chart = catalogue.chart_of(name)
    if name == PLATFORM:
        values, present = platform_values(spec, catalogue), True
        revision = secrets  # the platform's chart copies what the Secrets hold
    else:
        values, present = service_values(name, spec, catalogue), spec.services.get(name, Service()).enabled
        if secrets:
            values.setdefault("secretsRevision", secrets)
        revision = ""
    digest = digest_of({"chart": chart.digest, "values": values, "secrets": revision})
    return Desired(name=name, chart=chart, values=values, digest=digest, present=present)


def digest_of(document: Any) -> str:
    """40 hexadecimal digits that change with anything in it; short enough for a label."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def state_of(  # noqa: PLR0911 - one return for each state
    wanted: Desired, found: Observed | None, record: Record, *, drifted: bool = False
) -> State:
    """The one state of a release that should be there, the gravest first."""
    if found is None or found.status is HelmStatus.uninstalled:
        return State.absent
    if found.status.is_pending or found.status is HelmStatus.uninstalling:
        return State.locked
    if not is_ours(found, record):
        return State.unmanaged
    if has_failed(wanted, record) and (record.rolled_back or record.failed == found.revision):
        return State.failed
    if found.digest != wanted.digest:
        return State.out_of_sync
    if found.status is not HelmStatus.deployed:
        return State.failed
    if record.tested != found.revision:
        return State.untested
    return State.drifted if drifted else State.in_sync


def has_failed(wanted: Desired, record: Record) -> bool:
    """Whether exactly this was tried before, in vain."""
    return record.attempted == wanted.digest and record.failures > 0


def is_broken(wanted: Desired, found: Observed) -> bool:
    """Whether a failed release is itself what failed, rather than what was left running or rolled back to."""
    return found.status is not HelmStatus.deployed or found.digest == wanted.digest


def way_back(found: Observed, record: Record) -> int | None:
    """The revision to go back to: the last that was seen to be healthy. None if Helm does not keep it, or it is not an older one.

    Helm's own word only means that it sent a revision off.
    """
    return record.tested if record.tested in found.older else None


def is_ours(found: Observed, record: Record) -> bool:
    """Whether the operator made this revision: it says so itself, or the operator noted the number before it was made."""
    return found.revision in {found.made_as, record.revision}
