"""One CodeZest, read: what is asked for, what is remembered of it, and what its annotations ask."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from codezest_operator.domain.catalogue import Catalogue
from codezest_operator.domain.plan import Circumstances
from codezest_operator.domain.ports import Document, Key, Outside
from codezest_operator.domain.releases import Desired, desired, digest_of
from codezest_operator.domain.retries import Policy
from codezest_operator.domain.spec import Service, Spec, duration, read
from codezest_operator.domain.status import Past, past

FINALIZER = "codezest.dev/operator"
RESET = "codezest.dev/reset"
RECONCILE = "codezest.dev/reconcile"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One CodeZest, read."""

    key: Key
    document: Document
    spec: Spec
    before: Past
    wanted: Mapping[str, Desired]
    circumstances: Circumstances

    @property
    def is_going(self) -> bool:
        """Whether somebody has deleted it."""
        return bool(self.document["metadata"].get("deletionTimestamp"))

    def runs(self, service: str) -> bool:
        """Whether a service is to have any pods."""
        asked = self.spec.services.get(service, Service())
        return asked.replicas > 0 or asked.autoscaling.enabled

    @property
    def is_requested(self) -> bool:
        """Whether somebody asked for a full look by the annotation."""
        return annotation(self.document, RECONCILE) != self.before.reconcile


async def subject_of(key: Key, document: Document, catalogue: Catalogue, outside: Outside) -> Subject:
    """A CodeZest as it is now. KeyError, TypeError or ValueError if its spec cannot be read; what the ports raise."""
    spec, before = _readable(document), past(document.get("status") or {})
    policy = Policy(remediation=spec.upgrade.remediation, longest=duration(spec.interval))
    versions = await outside.cluster.secret_versions(key.namespace, list(spec.secrets.values()))
    secrets = digest_of({f"{one.name}/{one.key}": version for one, version in versions.items()}) if versions else ""
    circumstances = Circumstances(
        now=outside.clock(),
        policy=policy,
        timeout=duration(spec.timeout),
        drift=spec.drift_detection.mode,
        is_reset=annotation(document, RESET) != before.reset,
    )
    return Subject(
        key=key,
        document=document,
        spec=spec,
        before=_forgetting(before, document),
        wanted=desired(spec, catalogue, secrets),
        circumstances=circumstances,
    )


def _readable(document: Document) -> Spec:
    """The spec. Of a CodeZest that goes, what cannot be read is no reason to stay. KeyError, TypeError, ValueError."""
    try:
        found = read(document["spec"])
        for text in (found.interval, found.timeout):
            duration(text)
    except (KeyError, TypeError, ValueError):
        if not document["metadata"].get("deletionTimestamp"):
            raise
        kept = ("version", "deletionPolicy")
        return read({name: document["spec"][name] for name in kept if name in document["spec"]})
    return found


def _forgetting(before: Past, document: Document) -> Past:
    """What is remembered, without the failures if somebody asked for that by the annotation."""
    reset = annotation(document, RESET)
    if reset == before.reset:
        return before
    clean = {name: replace(one, failures=0, next_try=None, refusal=None) for name, one in before.records.items()}
    return replace(before, records=clean, reset=reset)


def is_held(document: Document) -> bool:
    """Whether it bears our finalizer."""
    return FINALIZER in (document["metadata"].get("finalizers") or ())


def annotation(document: Document, name: str) -> str:
    """What an annotation says; empty if it is not there."""
    return str((document["metadata"].get("annotations") or {}).get(name, ""))
