"""Stands in for kubelets: pods become ready, Jobs' pods succeed, and an image with the tag `bad` is never pulled.

A Job that is to reach a database at the host `nowhere.invalid` fails, with what ours says then as its last words.

Only this is played. Pods come from the real controllers, and whether a release is well is told from what those write.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.types import PatchType

from codezest_operator.data.kinds import POD
from tests.operator.server import Server

LOOK_EVERY = 0.15
ENDS_WITHIN = 10.0
NOWHERE = "nowhere.invalid"


class Node:
    """Looks at all pods again and again until it is told to end."""

    def __init__(self, server: Server) -> None:
        self._client: Any = Client(config=KubeConfig.from_file(str(server.kubeconfig)))
        self._end = threading.Event()
        self.pulls = threading.Event()  # while it is not set, nothing starts at all
        self.pulls.set()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._end.wait(LOOK_EVERY):
            try:
                for pod in self._client.list(POD, namespace="*"):
                    self._start(pod.to_dict())
            except (ApiError, httpx2.HTTPError):
                continue  # the pod, or the server, has just gone

    def _start(self, pod: dict[str, Any]) -> None:
        status = pod.get("status") or {}
        if (
            not self.pulls.is_set()
            or status.get("phase", "Pending") != "Pending"
            or pod["metadata"].get("deletionTimestamp")
        ):
            return
        body = _started(pod)
        if body == {"containerStatuses": status.get("containerStatuses")}:
            return
        metadata = pod["metadata"]
        self._client.patch(
            POD.Status, metadata["name"], {"status": body}, namespace=metadata["namespace"], patch_type=PatchType.MERGE
        )

    def end(self) -> None:
        self._end.set()
        self.thread.join(ENDS_WITHIN)
        self._client.close()


def _started(pod: dict[str, Any]) -> dict[str, Any]:
    containers = pod["spec"]["containers"]
    if any(one["image"].endswith(":bad") for one in containers):
        waiting = {"reason": "ImagePullBackOff", "message": "not found"}
        state = {"ready": False, "restartCount": 0, "imageID": "", "state": {"waiting": waiting}}
        return {"containerStatuses": [{"name": one["name"], "image": one["image"], **state} for one in containers]}
    if any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences") or ()):
        if any(NOWHERE in variable.get("value", "") for one in containers for variable in one.get("env") or ()):
            return {
                "phase": "Failed",
                "containerStatuses": [_ended(one, f"{NOWHERE} did not answer") for one in containers],
            }
        return {"phase": "Succeeded"}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": now}]}


def _ended(container: dict[str, Any], words: str) -> dict[str, Any]:
    ended = {"exitCode": 1, "reason": "Error", "message": words}
    known = {"name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0, "ready": False}
    return {**known, "state": {"terminated": ended}}


@contextmanager
def a_node(server: Server) -> Iterator[Node]:
    """A node that starts pods for as long as the block lasts."""
    node = Node(server)
    node.thread.start()
    try:
        yield node
    finally:
        node.end()
