"""The folder an image is built in: nothing is in it that the image does not need, so nothing else can get into the image."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from tools.images import wheels
from tools.images.commands import ImageError, run
from tools.images.wheels import OPERATOR, ROOT
from tools.toolchain import programs

DEV_TOOLS = ("watchfiles",)
TARGETS = ("service", "dev")
PACKED_CHARTS = ("platform", "service")  # with the operator, which installs them
LEFT_OUT = ("pyproject.toml", "values.yaml")  # of a service: they say how it is built and deployed
DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an image is made of: a service or the operator, the Dockerfile's stage, what it installs, and the base's identity."""

    name: str
    target: str
    requirements: str
    base: str

    @property
    def tag(self) -> str:
        """12 hexadecimal digits that change with anything in the image."""
        digest = hashlib.sha256()
        for part in (self.name, self.target, self.requirements, self.base, (ROOT / "Dockerfile").read_text()):
            digest.update(f"{len(part)}:{part}".encode())
        named = {str(path.relative_to(ROOT)): path for path in code(self.name)} | packed_programs(self.name)
        for name, path in sorted(named.items()):
            digest.update(f"{name}:".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:DIGITS]


def recipe(name: str, *, target: str, base: str) -> Recipe:
    """The recipe of a service, or of the operator, as the work tree and the lock are now. ImageError.

    `target` is `service` or `dev`; the operator is the same in both.
    """
    stage = OPERATOR if name == OPERATOR else target
    extra = DEV_TOOLS if stage == "dev" else ()
    return Recipe(name=name, target=stage, requirements=wheels.requirements(name, extra=extra), base=base)


def revision() -> str:
    """The commit that the work tree stands on, or `unknown`; what is changed since is in the tag alone."""
    try:
        return run(["git", "-C", ROOT, "rev-parse", "HEAD"], minutes=1, remedy="").strip()
    except ImageError:
        return "unknown"


def code(name: str) -> Iterator[Path]:
    """The files of the work tree that are in the image of a service, or of the operator."""
    yield from _operators() if name == OPERATOR else _services(name)


def packed_programs(name: str) -> dict[str, Path]:
    """The programs in an image beside Python, by name. ToolError."""
    return {"helm": programs.ensure("helm")} if name == OPERATOR else {}


def _operators() -> Iterator[Path]:
    """Its own, and what it installs: the charts with all they link to, and each service's values."""
    yield from _files(ROOT / "operator" / "codezest_operator")
    for chart in PACKED_CHARTS:
        yield from _files(ROOT / "charts" / chart)
    yield from (ROOT / "services").glob("*/values.yaml")


def _services(service: str) -> Iterator[Path]:
    """A service's own, and of `shared` all but other services' tables and migrations."""
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
    for tool, program in packed_programs(recipe.name).items():
        shutil.copy2(program, folder / tool)
    for path in code(recipe.name):
        target = folder / "app" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for made in (folder / "app").rglob("*"):
        made.chmod(0o755 if made.is_dir() else 0o644)  # whatever this user's umask is


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(parent, name) for name in names if not name.endswith(".pyc"))
