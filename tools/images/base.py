"""What the images stand on: a public slim Python, or where no registry can be reached the same made from Debian's packages."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.images.builders import Builder
from tools.images.commands import ImageError, run

PUBLIC = "python:3.11-slim-bookworm"
SUITE = "bookworm"
# What the public image has and the services use: the interpreter, authorities, time zones, MIME types.
PACKAGES = ("ca-certificates", "media-types", "python3", "tzdata")
DOCKERFILE = 'FROM scratch\nADD base.tar /\nCMD ["python3"]\n'
LEAVE_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
MINUTES = 15.0
INSTALL = "As root on Debian: apt-get install mmdebstrap. Is Debian's archive (or your mirror of it) reachable?"


def base(builder: Builder, *, cache: Path, say: Callable[[str], None]) -> str:
    """The name of the base image, which is there afterwards. ImageError."""
    if builder.has(PUBLIC):
        return PUBLIC
    if builder.has(_name(PACKAGES)):
        return _name(PACKAGES)
    say(f"looking for {PUBLIC}")
    if builder.can_pull(PUBLIC):
        return PUBLIC
    say("no registry has it: the base is made from Debian's packages")
    return debian(builder, PACKAGES, cache=cache, say=say)


def debian(builder: Builder, packages: Sequence[str], *, cache: Path, say: Callable[[str], None]) -> str:
    """The name of an image with these packages of Debian, which is there afterwards. ImageError."""
    image = _name(packages)
    if builder.has(image):
        return image
    archive = cache / f"base-{image.rpartition(':')[2]}.tar"
    if not archive.exists():
        say("Debian's packages are fetched and unpacked (a minute)")
        _bootstrap(archive, packages)
    with tempfile.TemporaryDirectory(prefix="codezest-base-") as folder:
        Path(folder, "Dockerfile").write_text(DOCKERFILE)
        shutil.copyfile(archive, Path(folder, "base.tar"))
        builder.make(Path(folder), image=image)
    return image


def _name(packages: Sequence[str]) -> str:
    made_of = "\n".join((SUITE, *packages, *LEAVE_OUT, DOCKERFILE))
    return f"localhost/codezest-base:{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"


def _bootstrap(archive: Path, packages: Sequence[str]) -> None:
    if shutil.which("mmdebstrap") is None:
        raise ImageError(f"mmdebstrap is not on this machine. {INSTALL}")
    archive.parent.mkdir(parents=True, exist_ok=True)
    part = archive.with_suffix(".part.tar")
    slim = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEAVE_OUT]
    included = f"--include={','.join(packages)}"
    # As this machine gets its own packages, which may be by a mirror.
    sources = (
        ["/etc/apt/sources.list.d/debian.sources"] if Path("/etc/apt/sources.list.d/debian.sources").exists() else []
    )
    command: list[str | Path] = ["mmdebstrap", "--quiet", "--variant=minbase", included, *slim, SUITE, part, *sources]
    run(command, minutes=MINUTES, remedy=INSTALL)
    part.replace(archive)
