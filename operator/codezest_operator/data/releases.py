"""Helm's releases, read from the Secrets that Helm keeps them in: no helm runs to know what is there."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml
from lightkube.core.exceptions import ApiError
from opentelemetry import trace

from codezest_operator.data.kinds import resource_of
from codezest_operator.data.objects import Document, Objects, why_refused
from codezest_operator.domain.ports import HelmFailed, Stored
from codezest_operator.domain.releases import HelmStatus, Observed
from codezest_operator.domain.status import time
from codezest_operator.domain.workloads import WORKLOADS

SECRET = resource_of("v1", "Secret")
DIGEST = "codezest.dev/digest"
MADE_AS = "codezest.dev/revision"
INSTALLED = (HelmStatus.deployed, HelmStatus.superseded)
SPANS = trace.get_tracer("codezest_operator")
# It was changed or taken away since it was read: the next pass reads it anew.
CHANGED = (404, 409)
UNLOCKED = "Left pending by a helm that ended; taken as failed"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision by the labels of its Secret."""

    number: int
    status: HelmStatus
    secret: Document


class HelmReleases:
    """Releases of any namespace, by their Secrets."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._decoded: dict[str, tuple[str, Stored]] = {}

    async def stored(self, namespace: str) -> dict[str, Stored]:
        """The newest revision of each release. ApiError."""
        history = await self._history(namespace)
        found = {}
        for name, revisions in history.items():
            newest = max(revisions, key=lambda one: one.number)
            older = frozenset(one.number for one in revisions if one is not newest and one.status in INSTALLED)
            found[name] = self._stored(namespace, name, newest, older)
        return found

    async def unlock(self, namespace: str, name: str, revision: int) -> None:
        """Write down that a pending revision has failed, so that Helm goes on.

        HelmFailed if the API server refuses that; ApiError if somebody changed it meanwhile, or if it cannot be read.
        """
        for one in (await self._history(namespace)).get(name, []):
            if one.number == revision:
                with SPANS.start_as_current_span("unlock", attributes={"release": name, "namespace": namespace}):
                    await self._write(_failed(one.secret), namespace)

    async def _write(self, secret: Document, namespace: str) -> None:
        try:
            await self._objects.replace(SECRET, secret, namespace)
        except ApiError as problem:
            if problem.status.code in CHANGED:
                raise
            name = f"Secret/{secret['metadata']['name']}"
            raise HelmFailed(f"the API server refuses {name}: {why_refused(problem)}") from problem

    async def _history(self, namespace: str) -> dict[str, list[Revision]]:
        found: dict[str, list[Revision]] = {}
        for secret in await self._objects.all(SECRET, namespace, {"owner": "helm"}):
            labels = secret["metadata"]["labels"]
            one = Revision(number=int(labels["version"]), status=HelmStatus(labels["status"]), secret=secret)
            found.setdefault(labels["name"], []).append(one)
        return found

    def _stored(self, namespace: str, name: str, newest: Revision, older: frozenset[int]) -> Stored:
        metadata = newest.secret["metadata"]
        place, version = f"{namespace}/{name}", f"{metadata['resourceVersion']}/{sorted(older)}"
        known = self._decoded.get(place)
        if known is None or known[0] != version:
            self._decoded[place] = known = (version, _decoded(namespace, name, newest, older))
        return known[1]


def _decoded(namespace: str, name: str, newest: Revision, older: frozenset[int]) -> Stored:
    document = newest.secret
    release, labels = _release(document), document["metadata"]["labels"]
    observed = Observed(
        revision=newest.number,
        status=newest.status,
        at=time(release["info"]["last_deployed"]),
        digest=labels.get(DIGEST, ""),
        made_as=int(labels.get(MADE_AS, 0)),
        older=older,
    )
    values: Mapping[str, Any] = release.get("config") or {}
    stored = Stored(
        namespace=namespace, name=name, observed=observed, begun=time(document["metadata"]["creationTimestamp"]),
        values=values, manifest=release["manifest"],
    )  # fmt: skip
    workloads = frozenset(
        (one["kind"], one["metadata"]["name"]) for one in manifests(stored) if one["kind"] in WORKLOADS
    )
    return replace(stored, workloads=workloads)


def manifests(stored: Stored) -> list[Document]:
    """The objects of a release as Helm sends them, its own marks included."""
    found = [one for one in yaml.load_all(stored.manifest, Loader=yaml.CSafeLoader) if one]
    for manifest in found:
        metadata = manifest["metadata"]
        metadata["namespace"] = stored.namespace
        metadata["labels"] = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
        metadata["annotations"] = {
            **(metadata.get("annotations") or {}),
            "meta.helm.sh/release-name": stored.name,
            "meta.helm.sh/release-namespace": stored.namespace,
        }
    return found


def _release(document: Mapping[str, Any]) -> dict[str, Any]:
    """Base64 of the Secret around base64 of Helm's own around gzip around JSON."""
    packed = base64.b64decode(base64.b64decode(document["data"]["release"]))
    found: dict[str, Any] = json.loads(gzip.decompress(packed))
    return found


def _failed(document: dict[str, Any]) -> dict[str, Any]:
    release = _release(document)
    release["info"] |= {"status": str(HelmStatus.failed), "description": UNLOCKED}
    packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    document["data"]["release"] = base64.b64encode(packed).decode()
    document["metadata"]["labels"]["status"] = str(HelmStatus.failed)
    return document
