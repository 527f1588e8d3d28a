"""What builds images: Docker where an engine answers, else buildah, which needs no engine but root."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.images.commands import ImageError, run

ANSWERS_WITHIN = 10.0  # seconds
BUILDING, MOVING, ASKING = 20.0, 10.0, 1.0  # minutes
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
INSTALL = "Install Docker, or as root on Debian: apt-get install buildah mmdebstrap."


@dataclass(frozen=True, kw_only=True)
class Builder:
    """A program that builds images, and how it is called for each task."""

    name: str
    build: Sequence[str]
    command: Sequence[str]

    def make(
        self, context: Path, *, image: str, target: str | None = None, arguments: Mapping[str, str] | None = None
    ) -> None:
        """Build the Dockerfile of a folder as `image`. ImageError."""
        given = [word for name, value in (arguments or {}).items() for word in ("--build-arg", f"{name}={value}")]
        stage = ["--target", target] if target else []
        remedy = f"The Dockerfile and tools/images say what belongs into the image. {INSTALL}"
        run([*self.build, *given, *stage, "--tag", image, context], minutes=BUILDING, remedy=remedy)

    def has(self, image: str) -> bool:
        """Whether the image is there."""
        inspect = ["inspect", "--type", "image", image]
        done = subprocess.run([*self.command, *inspect], check=False, capture_output=True, timeout=ASKING * 60)
        return done.returncode == 0

    def identity(self, image: str) -> str:
        """What changes when another image gets this name. ImageError if there is none."""
        inspect = ["image", "inspect", "--format", "{{.Id}}"]
        if self.name != "docker":
            inspect = ["inspect", "--type", "image", "--format", "{{.FromImageID}}"]
        return run([*self.command, *inspect, image], minutes=ASKING, remedy=f"Is there an image {image}?").strip()

    def can_pull(self, image: str) -> bool:
        """Whether a registry gave the image within a minute."""
        try:
            run([*self.command, "pull", image], minutes=ASKING, remedy="")
        except ImageError:
            return False
        return True

    def tag(self, image: str, name: str) -> None:
        """Give the image another name. ImageError."""
        run([*self.command, "tag", image, name], minutes=ASKING, remedy=INSTALL)

    def push(self, image: str, destination: str) -> None:
        """Send the image to a registry; one of this machine may speak plain HTTP. ImageError."""
        remedy = f"Is {destination.split('/', maxsplit=1)[0]} up, and does it let you in?"
        if self.name == "docker":
            self.tag(image, destination)
            run([*self.command, "push", destination], minutes=MOVING, remedy=remedy)
        else:
            plain = ["--tls-verify=false"] if destination.startswith(LOOPBACK) else []
            run([*self.command, "push", *plain, image, f"docker://{destination}"], minutes=MOVING, remedy=remedy)

    def save(self, image: str, archive: Path) -> None:
        """Write the image into a file that `ctr images import` and `docker load` read. ImageError."""
        remedy = f"Is there room for {archive}?"
        if self.name == "docker":
            run([*self.command, "save", "--output", archive, image], minutes=MOVING, remedy=remedy)
        else:
            archive.unlink(missing_ok=True)  # buildah adds to an archive that is there
            run([*self.command, "push", image, f"docker-archive:{archive}:{image}"], minutes=MOVING, remedy=remedy)


DOCKER = Builder(name="docker", build=("docker", "build"), command=("docker",))
_BUILDAH = ("buildah", "--storage-driver", "overlay")
BUILDAH = Builder(
    name="buildah",
    build=(*_BUILDAH, "bud", "--quiet", "--isolation", "chroot", "--layers", "--format", "docker"),
    command=_BUILDAH,
)


def builder() -> Builder:
    """Docker if its engine answers, else buildah. ImageError if there is neither."""
    if shutil.which("docker") and _answers(["docker", "info", "--format", "{{.ServerVersion}}"]):
        return DOCKER
    if shutil.which("buildah") is None:
        raise ImageError(f"Neither a Docker engine nor buildah is here. {INSTALL}")
    if os.geteuid() != 0:
        raise ImageError("buildah needs root here: run this as root, or start a Docker engine that you may use.")
    return BUILDAH


def _answers(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=ANSWERS_WITHIN)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and bool(done.stdout.strip())
