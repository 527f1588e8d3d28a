"""Volumes for claims of the default storage class: a folder each on the node, made when a pod needs it.

The node is one machine and its data live as long as it does, so that a folder is all a volume has to be.
"""

import asyncio
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tools.cluster.control_plane import NODE_URL, Access
from tools.cluster.enclosure import NODE_NAME

CLASS = "standard"
PROVISIONER = "codezest.dev/folder"
SELECTED = "volume.kubernetes.io/selected-node"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
LOOK_EVERY = 0.5
ANSWER_WITHIN = 10.0
CONFLICT = 409


class Volumes:
    """Makes a volume for each waiting claim, and removes each whose claim is gone."""

    def __init__(self, api: httpx.AsyncClient, folder: Path) -> None:
        self._api = api
        self._folder = folder

    async def look(self) -> None:
        """One round. Raises httpx.HTTPError when the API server does not answer or refuses."""
        for claim in await self._list("/api/v1/persistentvolumeclaims"):
            if waits(claim):
                await self._make(claim)
        for volume in await self._list("/api/v1/persistentvolumes"):
            if is_released(volume):
                await self._remove(volume)

    async def _list(self, path: str) -> list[dict[str, Any]]:
        answer = await self._api.get(path)
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    async def _make(self, claim: dict[str, Any]) -> None:
        path = self._folder / f"pvc-{claim['metadata']['uid']}"
        path.mkdir(parents=True, exist_ok=True)
        # Any user may be the pod's; the kubelet gives the folder to the pod's group if it names one.
        path.chmod(0o777)
        answer = await self._api.post("/api/v1/persistentvolumes", json=volume_for(claim, path))
        if answer.status_code != CONFLICT:
            answer.raise_for_status()

    async def _remove(self, volume: dict[str, Any]) -> None:
        name = volume["metadata"]["name"]
        await asyncio.to_thread(shutil.rmtree, self._folder / name, ignore_errors=True)
        (await self._api.delete(f"/api/v1/persistentvolumes/{name}")).raise_for_status()


def waits(claim: dict[str, Any]) -> bool:
    """Whether the scheduler has put the claim's first pod on this node and the claim has no volume yet."""
    about = claim["metadata"]
    is_ours = claim["spec"].get("storageClassName") == CLASS and "deletionTimestamp" not in about
    chosen = about.get("annotations", {}).get(SELECTED) == NODE_NAME
    return is_ours and chosen and not claim["spec"].get("volumeName")


def is_released(volume: dict[str, Any]) -> bool:
    """Whether the claim of a volume of ours is gone."""
    about = volume["metadata"]
    is_ours = about.get("annotations", {}).get(PROVISIONED_BY) == PROVISIONER
    is_kept = volume["spec"]["persistentVolumeReclaimPolicy"] != "Delete" or "deletionTimestamp" in about
    return is_ours and not is_kept and volume.get("status", {}).get("phase") == "Released"


def volume_for(claim: dict[str, Any], path: Path) -> dict[str, Any]:
    """The volume that a claim asks for, bound to it."""
    about, spec = claim["metadata"], claim["spec"]
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE_NAME]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": path.name, "annotations": {PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": CLASS,
            "local": {"path": str(path)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": about["namespace"],
                "name": about["name"],
                "uid": about["uid"],
            },
        },
    }


async def provide(access: Access, folder: Path, complain: Callable[[str], None]) -> None:
    """Runs until cancelled. What goes wrong in one round is said once and tried again in the next."""
    context = ssl.create_default_context(cafile=str(access.authority.anchor))
    context.load_cert_chain(access.file("volumes.crt"), access.file("volumes.key"))
    said = ""
    async with httpx.AsyncClient(base_url=NODE_URL, verify=context, timeout=ANSWER_WITHIN) as api:
        volumes = Volumes(api, folder)
        while True:
            try:
                await volumes.look()
                said = ""
            except (httpx.HTTPError, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    complain(f"volumes: {said}")
            await asyncio.sleep(LOOK_EVERY)
