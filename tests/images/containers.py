"""Built images, with their root file systems to look into and to run Python on."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.images.builders import BUILDAH, builder
from tools.images.commands import run

ROOT = Path(__file__).parents[2]
# The root read-only, /tmp in memory, no more rights than the user has: as the pod runs it.
CONFINED = """
set -e
mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"
mount -t tmpfs -o mode=1777 tmpfs "$2/tmp"; mount -t proc proc "$2/proc"; mount --bind /dev/null "$2/dev/null"
shift; root=$1; shift
cd "$root"
exec chroot --userspec=10001:10001 --groups= . \
    env -i PATH=/app/.venv/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app:/app/operator "$@"
"""


@dataclass(frozen=True)
class Image:
    """A built image: whose, its name, its root file system, and what it says of itself."""

    service: str
    name: str
    root: Path
    config: dict[str, object]

    def python(self, program: str) -> str:
        """What a Python program prints, run as the service would be."""
        with tempfile.TemporaryDirectory() as place:
            command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", CONFINED, "sh", str(self.root), place]
            done = subprocess.run(
                [*command, "python", "-c", program], check=False, capture_output=True, text=True, timeout=60
            )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def an_image(name: str) -> Iterator[Image]:
    """The image of a service or of the operator, with its root where it can be looked at."""
    assert builder() is BUILDAH, "these tests look into images by buildah"
    command = [sys.executable, "-m", "tools.images", "--service", name]
    made = run(command, minutes=15, remedy="", cwd=ROOT).split()[-1]
    container = buildah("from", made)
    try:
        config = json.loads(buildah("inspect", "--type", "image", made))["OCIv1"]["config"]
        yield Image(name, made, Path(buildah("mount", container)), config)
    finally:
        buildah("rm", container)


def buildah(*words: str) -> str:
    """What it prints."""
    return run([*BUILDAH.command, *words], minutes=5, remedy="").strip()
