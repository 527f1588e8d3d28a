"""The folder an image is built in: nothing is in it that the image does not need, so nothing else can get into the image."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from tools.images import wheels
from tools.images.wheels import ROOT

DEV_TOOLS = ("watchfiles",)
TARGETS = ("service", "dev")
LEFT_OUT = ("pyproject.toml", "values.yaml")  # of a service: they say how it is built and deployed
DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an image is made of: a service, `service` or `dev`, what it installs, and on which base."""

    service: str
    target: str
    requirements: str
    base: str

    @property
    def tag(self) -> str:
        """12 hexadecimal digits that change with anything in the image."""
        digest = hashlib.sha256()
        for part in (self.service, self.target, self.requirements, self.base, (ROOT / "Dockerfile").read_text()):
            digest.update(f"{len(part)}:{part}".encode())
        for path in sorted(code(self.service)):
            digest.update(f"{path.relative_to(ROOT)}:".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:DIGITS]


def recipe(service: str, *, target: str, base: str) -> Recipe:
    """The recipe of a service as the work tree and the lock are now. ImageError."""
    extra = DEV_TOOLS if target == "dev" else ()
    return Recipe(service=service, target=target, requirements=wheels.requirements(service, extra=extra), base=base)


def code(service: str) -> Iterator[Path]:
    """The files that a service runs: its own, and of `shared` all but other services' tables and migrations."""
    yield from (path for path in _files(ROOT / "services" / service) if path.name not in LEFT_OUT)
    others = {folder.name for folder in (ROOT / "services").iterdir()} - {service}
    database = ROOT / "shared" / "db"
    foreign = {database / f"{name}.py" for name in others} | {database / "migrations" / name for name in others}
    for path in _files(ROOT / "shared"):
        if not foreign & {path, *path.parents}:
            yield path


def lay_out(recipe: Recipe, folder: Path, *, wheelhouse: Path) -> None:
    """Fill an empty folder with what the Dockerfile copies. ImageError."""
    (folder / "Dockerfile").write_bytes((ROOT / "Dockerfile").read_bytes())
    (folder / "requirements.txt").write_text(recipe.requirements)
    shutil.copy2(find_uv_bin(), folder / "uv")
    (folder / "wheels").mkdir()
    for wheel in wheels.fetch(recipe.requirements, wheelhouse):
        shutil.copy2(wheel, folder / "wheels" / wheel.name)
    for path in code(recipe.service):
        target = folder / "app" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for made in (folder / "app").rglob("*"):
        made.chmod(0o755 if made.is_dir() else 0o644)  # whatever this user's umask is


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(parent, name) for name in names if not name.endswith(".pyc"))
