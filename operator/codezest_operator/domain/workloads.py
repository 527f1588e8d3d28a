"""Whether what a release runs is healthy, told from the objects as the API server keeps them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Object = Mapping[str, Any]
WORKLOADS = ("Deployment", "StatefulSet")
JOB_NAME = "batch.kubernetes.io/job-name"
# Reasons of a waiting container that do not go away by waiting, and what to do about each.
NO_IMAGE = "its image cannot be pulled: see that spec.services.<name>.image, or the operator's registry, names one that is there"
STUCK = {
    "ErrImagePull": NO_IMAGE,
    "ImagePullBackOff": NO_IMAGE,
    "InvalidImageName": "its image's name is none: mend spec.services.<name>.image",
    "CrashLoopBackOff": "it ends soon after each start: `kubectl logs --previous` says why",
    "CreateContainerConfigError": "a Secret or ConfigMap that it reads is missing: `kubectl describe pod` names it",
}


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether all of a release's workloads are up to date and available; if not, a clause that says what is missing.

    `doomed`: Kubernetes itself has given up waiting.
    """

    ready: bool
    reason: str = ""
    doomed: bool = False


def health(workloads: Iterable[Object], wanted: Iterable[tuple[str, str]] = (), pods: Iterable[Object] = ()) -> Health:
    """The health of a release: of its first workload that is not well, else good.

    `wanted` are the workloads that are to be there, by kind and name.
    """
    present, waiting = list(workloads), list(pods)
    if missing := sorted(set(wanted) - {(one["kind"], one["metadata"]["name"]) for one in present}):
        return Health(ready=False, reason=f"{' and '.join('/'.join(one) for one in missing)} is gone")
    for one in present:
        found = _health(one)
        if not found.ready:
            why = _stuck(one, waiting)
            return Health(ready=False, reason=f"{found.reason}{f'; {why}' if why else ''}", doomed=found.doomed)
    return Health(ready=True)


def stuck(pods: Iterable[Object], jobs_since: datetime | None = None) -> str:
    """Why the first pod that will not start by waiting does not, else why a Job fails; empty if there is neither.

    Only pods of Jobs that came at `jobs_since` or later are asked: those of earlier ones stay to be read. None: none is.
    """
    present = list(pods)
    jobs = [pod for pod in present if jobs_since is not None and _job(pod) and _came(pod) >= jobs_since]
    reasons = [*map(_stuck_pod, present), *map(_last_words, _failing(jobs))]
    return next((why for why in reasons if why), "")


def _health(workload: Object) -> Health:
    name, spec, status = workload["metadata"]["name"], workload["spec"], workload.get("status") or {}
    wanted = spec.get("replicas", 1)
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return Health(ready=False, reason=f"{name} has not been looked at by its controller")
    for condition in status.get("conditions") or ():
        if condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return Health(ready=False, reason=f"{name} makes no progress any more", doomed=True)
    updated, total = status.get("updatedReplicas", 0), status.get("replicas", 0)
    available = status.get("availableReplicas", status.get("readyReplicas", 0))
    if updated < wanted:
        return Health(ready=False, reason=f"{updated} of {wanted} pods of {name} are of the new revision")
    if total > updated:
        return Health(ready=False, reason=f"{total - updated} old pods of {name} are still there")
    if available < wanted:
        return Health(ready=False, reason=f"{available} of {wanted} pods of {name} are available")
    return Health(ready=True)


def _stuck(workload: Object, pods: Iterable[Object]) -> str:
    labels = workload["spec"]["selector"].get("matchLabels") or {}
    return stuck(pod for pod in pods if labels.items() <= (pod["metadata"].get("labels") or {}).items())


def _stuck_pod(pod: Object) -> str:
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        reason = ((container.get("state") or {}).get("waiting") or {}).get("reason", "")
        if reason in STUCK:
            return f"pod {pod['metadata']['name']}: {reason}, {STUCK[reason]}"
    return ""


def _came(pod: Object) -> datetime:
    return datetime.fromisoformat(pod["metadata"]["creationTimestamp"])


def _failing(pods: Iterable[Object]) -> list[Object]:
    """The newest pod that failed of each Job that has not succeeded; the next one may be trying already."""
    present = sorted(pods, key=_came)
    done = {_job(pod) for pod in present if _phase(pod) == "Succeeded"}
    return list({_job(pod): pod for pod in present if _phase(pod) == "Failed" and _job(pod) not in done}.values())


def _job(pod: Object) -> str:
    """The Job that a pod works for; empty if it works for none."""
    return str((pod["metadata"].get("labels") or {}).get(JOB_NAME, ""))


def _phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def _last_words(pod: Object) -> str:
    """What a Job's pod that failed has left; our Jobs say there what is missing and how to mend it."""
    status, name = pod["status"], pod["metadata"]["name"]
    ends = [(one.get("state") or {}).get("terminated") or {} for one in status.get("containerStatuses") or ()]
    words = " ".join(end["message"].strip() for end in ends if end.get("message"))
    return f"pod {name} failed: {words or f'`kubectl logs {name}` says why'}"
