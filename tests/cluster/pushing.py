"""Pushes an image as any builder does, by the registry's own protocol."""

import hashlib
import json
import tarfile
from pathlib import Path

import httpx

from tools.cluster.images import ProgramImage, write_archive

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def push(registry: str, image: ProgramImage, folder: Path) -> str:
    """Push to host:port; returns the digest of the image's manifest."""
    path = folder / "image.tar"
    write_archive(path, [image])
    repository, tag = image.name.rsplit(":", 1)
    with (
        tarfile.open(path) as archive,
        httpx.Client(base_url=f"http://{registry}/v2/{repository}", timeout=30) as client,
    ):
        (about,) = json.loads(_content(archive, "manifest.json"))
        config = _blob(client, CONFIG, _content(archive, about["Config"]))
        layers = [_blob(client, LAYER, _content(archive, layer)) for layer in about["Layers"]]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
        answer = client.put(f"/manifests/{tag}", json=manifest, headers={"Content-Type": MANIFEST})
        return answer.raise_for_status().headers["Docker-Content-Digest"]


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None
    return file.read()


def _blob(client: httpx.Client, kind: str, content: bytes) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    place = client.post("/blobs/uploads/").raise_for_status().headers["Location"]
    client.put(httpx.URL(place).copy_merge_params({"digest": digest}), content=content).raise_for_status()
    return {"mediaType": kind, "digest": digest, "size": len(content)}
