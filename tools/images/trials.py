"""The image of what a trial needs beside the services: programs of the toolchain, for clusters that reach no registry."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.images.base import PACKAGES, debian
from tools.images.builders import Builder
from tools.images.wheels import ROOT
from tools.toolchain import programs

IMAGE = "localhost/codezest-trials:pinned"
DOCKERFILE = ROOT / "tools/images/trials.Dockerfile"


def trials(builder: Builder, *, libraries: str, cache: Path, say: Callable[[str], None]) -> str:
    """The name of the image, made anew; `libraries` is an image of a service that has all of the stand-in's. ImageError."""
    base = debian(builder, (*PACKAGES, "libstdc++6"), cache=cache, say=say)
    with tempfile.TemporaryDirectory(prefix="codezest-trials-") as folder:
        _lay_out(Path(folder))
        builder.make(Path(folder), image=IMAGE, arguments={"BASE": base, "LIBRARIES": libraries})
    say(f"{IMAGE} made")
    return IMAGE


def _lay_out(folder: Path) -> None:
    shutil.copyfile(DOCKERFILE, folder / "Dockerfile")
    shutil.copytree(
        programs.ensure("postgres").parents[3], folder / "postgres", symlinks=True
    )  # its libraries lie beside
    for place, names in {"redis": ("redis-server", "redis-cli"), "collector": ("otelcol",), "node": ("node",)}.items():
        (folder / place).mkdir()
        for name in names:
            shutil.copy2(programs.ensure(name), folder / place / name)
    mail = next(parent for parent in programs.ensure("maildev").parents if parent.name == "node_modules")
    shutil.copytree(mail, folder / "maildev" / "node_modules", symlinks=True)
    for name in ("demo", "stripe"):
        unused = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "tools" / name, folder / "tools" / name, ignore=unused)
