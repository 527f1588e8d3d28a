"""A cluster in memory for tests of the reconcile alone: what is installed, who helps, and where a pass may be broken off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from codezest_operator.domain.drift import Drift
from codezest_operator.domain.ports import Document, HelmFailed, Key, Outside, Stored
from codezest_operator.domain.reconciling import reconcile
from codezest_operator.domain.releases import Desired, HelmStatus, Observed
from codezest_operator.domain.spec import Ignore, SecretKey
from codezest_operator.domain.workloads import Health, stuck
from tests.operator.samples import CATALOGUE, NOW

INSTANCE = "app.kubernetes.io/instance"
KEY = Key(namespace="school", name="codezest")


class Killed(Exception):
    """The operator's process ended here."""


@dataclass
class Memory:
    """All ports at once. `deadly` counts down with each effect; at zero the process dies instead."""

    spec: Document
    documents: dict[Key, Document] = field(default_factory=dict)
    history: dict[str, list[Stored]] = field(default_factory=dict)
    ill: set[str] = field(default_factory=set)  # digests whose pods never come up
    broken: set[str] = field(default_factory=set)  # digests that helm refuses
    hindered: set[str] = field(default_factory=set)  # digests whose hooks fail
    kept: set[str] = field(default_factory=set)  # releases that the API server does not let anybody unlock
    staying: set[str] = field(default_factory=set)  # releases that helm cannot uninstall
    pods: list[Document] = field(default_factory=list)
    secrets: dict[SecretKey, str] = field(default_factory=dict)
    drifted: dict[str, Drift] = field(default_factory=dict)
    refusing: bool = False  # what drifted cannot be put back
    answering: bool = True
    now: datetime = NOW
    calls: list[str] = field(default_factory=list)
    deadly: int | None = None
    deadly_after: dict[str, int] = field(
        default_factory=dict
    )  # name of an effect -> which of them is the process's last
    running: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        metadata = {
            "name": KEY.name,
            "namespace": KEY.namespace,
            "generation": 1,
            "creationTimestamp": "2026-03-01T11:00:00Z",
        }
        self.documents[KEY] = {"metadata": metadata, "spec": {"version": "1.0.0", **self.spec}}

    @property
    def outside(self) -> Outside:
        return Outside(
            resources=self, releases=self, helm=self, cluster=self, web=self, clock=lambda: self.now,
            observe=lambda action, outcome: self.calls.append(f"{action} {outcome}"),
        )  # fmt: skip

    @property
    def status(self) -> Document:
        status: Document = self.documents[KEY].get("status") or {}
        return status

    def edit(self, **changes: Any) -> None:
        """Somebody changes the spec."""
        document = self.documents[KEY]
        document["spec"] = {**document["spec"], **changes}
        document["metadata"]["generation"] += 1

    def delete(self) -> None:
        self.documents[KEY]["metadata"]["deletionTimestamp"] = "2026-03-01T13:00:00Z"

    def _step(self, name: str, effect: Callable[[], None] = lambda: None) -> None:
        if self.deadly is not None:
            self.deadly -= 1
            if self.deadly == 0:
                self.deadly = None
                raise Killed
        self.calls.append(name)
        effect()
        if self.deadly_after.get(name) == self.calls.count(name):
            self.deadly_after.clear()
            raise Killed

    async def get(self, key: Key) -> Document | None:
        document = self.documents.get(key)
        return {**document, "metadata": dict(document["metadata"])} if document else None

    async def all(self) -> list[Document]:
        return list(self.documents.values())

    async def write_status(self, key: Key, status: Document) -> None:
        self._step("status", lambda: self.documents[key].update(status=status))

    async def set_finalizer(self, document: Document, *, present: bool) -> None:
        def effect() -> None:
            self.documents[KEY]["metadata"]["finalizers"] = ["codezest.dev/operator"] if present else []
            if not present and document["metadata"].get("deletionTimestamp"):
                del self.documents[KEY]

        self._step("finalizer", effect)

    async def announce(self, document: Document, *, reason: str, message: str, warning: bool) -> None:
        self._step(f"event {reason}")

    async def stored(self, namespace: str) -> dict[str, Stored]:
        return {name: revisions[-1] for name, revisions in self.history.items() if revisions}

    async def unlock(self, namespace: str, name: str, revision: int) -> None:
        newest = self.history[name][-1]
        assert newest.observed.revision == revision
        if name in self.kept:
            self.calls.append(f"unlock {name} refused")
            raise HelmFailed(f"the API server refuses Secret/{name}: Forbidden")
        failed = replace(newest, observed=replace(newest.observed, status=HelmStatus.failed))
        self._step(f"unlock {name}", lambda: self.history[name].__setitem__(-1, failed))

    async def upgrade(self, namespace: str, wanted: Desired, *, revision: int, seconds: float) -> None:
        if wanted.digest in self.broken:
            raise HelmFailed("values do not fit")
        made = Observed(
            revision=revision, status=HelmStatus.pending_upgrade, at=self.now, digest=wanted.digest, made_as=revision,
            older=self._older(wanted.name),
        )  # fmt: skip
        stored = Stored(
            namespace=namespace, name=wanted.name, observed=made, begun=self.now, values=wanted.values,
            manifest=wanted.name,
        )  # fmt: skip
        if wanted.digest in self.hindered:
            failed = replace(made, status=HelmStatus.failed)
            self.history.setdefault(wanted.name, []).append(replace(stored, observed=failed))
            raise HelmFailed("timed out waiting for the condition")
        self._helm(wanted.name, stored, "upgrade")

    async def rollback(self, namespace: str, name: str, *, to: int, seconds: float) -> None:
        target = next(one for one in self.history[name] if one.observed.revision == to)
        newest = self.history[name][-1].observed
        made = replace(
            target.observed,
            revision=newest.revision + 1,
            status=HelmStatus.pending_rollback,
            at=self.now,
            older=self._older(name),
        )
        self._helm(name, replace(target, observed=made, begun=self.now), "rollback")

    async def uninstall(self, namespace: str, name: str, *, seconds: float) -> None:
        if name in self.staying:
            raise HelmFailed("a finalizer keeps it")
        self._step(f"uninstall {name}", lambda: self.history.update({name: []}))

    def _helm(self, name: str, made: Stored, word: str) -> None:
        """Helm in two steps, as the real one: the revision is pending first, and done later."""
        revisions = self.history.setdefault(name, [])
        if revisions:
            assert not revisions[-1].observed.status.is_pending, "Helm refuses to touch what is pending"
            assert revisions[-1].observed.revision + 1 == made.observed.revision
        self._step(f"{word} {name}", lambda: revisions.append(made))
        done = replace(made, observed=replace(made.observed, status=HelmStatus.deployed))
        self._step(f"{word} {name} done", lambda: revisions.__setitem__(-1, done))

    def _older(self, name: str) -> frozenset[int]:
        """What Helm keeps of what it has installed once, well or not."""
        kept = [one.observed for one in self.history.get(name, [])][-3:]
        return frozenset(one.revision for one in kept if one.status is HelmStatus.deployed)

    async def secret_versions(self, namespace: str, keys: Sequence[SecretKey]) -> dict[SecretKey, str]:
        return {key: self.secrets[key] for key in keys if key in self.secrets}

    async def health(self, stored: Stored) -> Health:
        newest = self.history[stored.name][-1].observed
        if newest.digest in self.ill:
            return Health(ready=False, reason=f"0 of 1 pods of {stored.name} are available")
        return Health(ready=True)

    async def stuck(self, namespace: str, release: str, jobs_since: datetime | None) -> str:
        return stuck([pod for pod in self.pods if pod["metadata"]["labels"][INSTANCE] == release], jobs_since)

    async def drifts(self, stored: Stored, ignore: Sequence[Ignore]) -> list[Drift]:
        return [self.drifted[stored.name]] if stored.name in self.drifted else []

    async def correct(self, stored: Stored, drifts: Sequence[Drift]) -> None:
        if self.refusing:
            raise HelmFailed("the API server refuses Deployment/redis: ServiceUnavailable")
        self._step(f"correct {stored.name}", self.drifted.clear)

    async def answers(self, url: str, *, by: str) -> bool:
        return self.answering

    def later(self, pause: timedelta | None) -> None:
        self.now += pause or timedelta()

    def condition(self, name: str) -> Mapping[str, Any] | None:
        return next((one for one in self.status.get("conditions", []) if one["type"] == name), None)


async def arrive(memory: Memory, *, passes: int = 60, full: bool = False) -> None:
    """Pass after pass, as the queue does it, until it rests; deaths are followed by another replica."""
    for _ in range(passes):
        pause: timedelta | None = timedelta()
        try:
            pause = await reconcile(KEY, CATALOGUE, memory.outside, full=full)
        except* Killed:
            pass
        memory.later(pause)
        if pause is None or pause.total_seconds() >= 30:
            return
    raise AssertionError(f"it does not come to rest: {memory.status}")
