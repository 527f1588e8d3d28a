"""What runs in a namespace: whether it is well, and whether it is as installed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lightkube.core.exceptions import ApiError
from opentelemetry import trace

from codezest_operator.data.kinds import POD, kind_of, resource_of
from codezest_operator.data.objects import Objects, refused_fields, why_refused
from codezest_operator.data.releases import manifests
from codezest_operator.domain.drift import Drift, drift, refused
from codezest_operator.domain.ports import HelmFailed, Stored
from codezest_operator.domain.spec import Ignore, SecretKey
from codezest_operator.domain.workloads import WORKLOADS, Health, health, stuck

SECRET = resource_of("v1", "Secret")
# What is corrected is applied as Helm would: under its name, so that its next run finds its own fields.
HELM = "helm"
AT_ONCE = 8
SPANS = trace.get_tracer("codezest_operator")
# The object itself is what the API server does not take: another try would be answered alike.
REFUSALS = (400, 422)
Manifest = dict[str, Any]


class KubernetesCluster:
    """Any namespace of the cluster."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def secret_versions(self, namespace: str, keys: Sequence[SecretKey]) -> dict[SecretKey, str]:
        """For each key that is there, a text that changes when its Secret does and tells nothing of what is in it. ApiError."""
        found = {}
        for key in keys:
            secret = await self._objects.get(SECRET, key.name, namespace)
            if secret is not None and (not key.key or key.key in (secret.get("data") or {})):
                metadata = secret["metadata"]
                found[key] = f"{metadata['uid']}/{metadata['resourceVersion']}"
        return found

    async def health(self, stored: Stored) -> Health:
        """Whether a release's workloads are all there and available. ApiError."""
        namespace, release = stored.namespace, stored.name
        labels = {"app.kubernetes.io/instance": release, "app.kubernetes.io/managed-by": "Helm"}
        workloads = [
            {**one, "kind": kind}  # a list leaves it out
            for kind in WORKLOADS
            for one in await self._objects.all(resource_of("apps/v1", kind), namespace, labels)
        ]
        found = health(workloads, stored.workloads)
        if found.ready:
            return found
        return health(workloads, stored.workloads, await self._pods(namespace, release))

    async def stuck(self, namespace: str, release: str, jobs_since: datetime | None) -> str:
        """Why a pod of a release does not start or a Job of its hooks fails, see `workloads.stuck`. ApiError."""
        return stuck(await self._pods(namespace, release), jobs_since)

    async def drifts(self, stored: Stored, ignore: Sequence[Ignore]) -> list[Drift]:
        """What of a release is not as Helm installed it, by dry runs alone. ApiError."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(manifest: Manifest) -> Drift | None:
            async with gate:
                live = await self._objects.get(kind_of(manifest), manifest["metadata"]["name"], stored.namespace)
                reads = live is not None and manifest["kind"] != "Secret"
                if not reads:
                    return drift(manifest, live, manifest, ignore)
                try:
                    applied = await self._apply(manifest, stored, dry_run=True)
                except ApiError as problem:
                    if problem.status.code not in REFUSALS:
                        raise
                    return refused(manifest, refused_fields(problem), ignore)
                return drift(manifest, live, applied, ignore)

        found = await asyncio.gather(*[one(manifest) for manifest in manifests(stored)])
        return [drift for drift in found if drift is not None]

    async def correct(self, stored: Stored, drifts: Sequence[Drift]) -> None:
        """Apply again what has drifted. HelmFailed if the API server refuses it."""
        named = {(one.kind, one.name) for one in drifts}
        for manifest in manifests(stored):
            if (manifest["kind"], manifest["metadata"]["name"]) in named:
                try:
                    with SPANS.start_as_current_span(
                        "correct", attributes={"release": stored.name, "namespace": stored.namespace}
                    ):
                        await self._apply(manifest, stored)
                except ApiError as problem:
                    name = f"{manifest['kind']}/{manifest['metadata']['name']}"
                    raise HelmFailed(f"the API server refuses {name}: {why_refused(problem)}") from problem

    async def _pods(self, namespace: str, release: str) -> list[Manifest]:
        return await self._objects.all(POD, namespace, {"app.kubernetes.io/instance": release})

    async def _apply(self, manifest: Manifest, stored: Stored, *, dry_run: bool = False) -> Manifest:
        return await self._objects.apply(kind_of(manifest), manifest, stored.namespace, manager=HELM, dry_run=dry_run)
