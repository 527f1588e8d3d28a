"""Images for the cluster's own pods: a static program and nothing around it, so that no registry needs to be asked."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65532
PROCESSORS = {"x86_64": "amd64", "aarch64": "arm64"}
PAUSE = "localhost/pause:pinned"


@dataclass(frozen=True)
class ProgramImage:
    """`name` is the image's name with its tag; the program at `program` becomes /<file>, run as nobody."""

    name: str
    file: str
    program: Path


def own_images(programs: Mapping[str, Path]) -> list[ProgramImage]:
    """What the node runs before anybody pushes an image."""
    dapr = {"daprd": "daprd", "operator": "dapr-operator", "sentry": "dapr-sentry", "injector": "dapr-injector"}
    return [
        ProgramImage(PAUSE, "pause", programs["pause"]),
        ProgramImage("localhost/coredns:pinned", "coredns", programs["coredns"]),
        ProgramImage("localhost/traefik:pinned", "traefik", programs["traefik"]),
        *(ProgramImage(f"localhost/{name}:pinned", name, programs[program]) for name, program in dapr.items()),
    ]


def write_archive(path: Path, images: Iterable[ProgramImage]) -> None:
    """Write the images as one archive, as `docker save` does, which containerd imports."""
    manifest = []
    with tarfile.open(path, "w") as archive:
        for image in images:
            layer, digest = _layer(path.parent, image)
            config = json.dumps(_config(image, digest)).encode()
            name = f"{hashlib.sha256(config).hexdigest()}.json"
            archive.add(layer, f"{image.file}.tar")
            layer.unlink()
            _add(archive, name, config)
            manifest.append({"Config": name, "RepoTags": [image.name], "Layers": [f"{image.file}.tar"]})
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _layer(folder: Path, image: ProgramImage) -> tuple[Path, str]:
    path = folder / f"{image.file}.layer"
    with tarfile.open(path, "w") as layer:
        entry = tarfile.TarInfo(image.file)
        entry.size, entry.mode = image.program.stat().st_size, 0o755
        with image.program.open("rb") as file:
            layer.addfile(entry, file)
        scratch = tarfile.TarInfo("tmp")
        scratch.type, scratch.mode = tarfile.DIRTYPE, 0o1777
        layer.addfile(scratch)
    with path.open("rb") as file:
        return path, hashlib.file_digest(file, "sha256").hexdigest()


def _config(image: ProgramImage, digest: str) -> dict[str, object]:
    return {
        "architecture": PROCESSORS.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Entrypoint": [f"/{image.file}"], "User": f"{NOBODY}:{NOBODY}"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
