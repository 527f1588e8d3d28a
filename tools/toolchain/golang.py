"""Building Go programs from a module whose sum is pinned, as the module itself would be built.

A module whose go.mod has `replace` cannot be `go install`ed, and `go install` ignores the module's own go.sum. So the
tree is copied out of Go's module cache and built as the main module: its go.mod, replacements and sums all apply.
"""

import json
import os
import shutil
from pathlib import Path

from tools.toolchain.errors import ToolError
from tools.toolchain.steps import Job

DOWNLOAD_MINUTES = 15
BUILD_MINUTES = 60


def build_go(job: Job) -> None:
    """Builds each of the pin's packages into bin/, and keeps the folders of the tree that the pin names."""
    tree = module_tree(job)
    place_files(job, tree)
    edit_files(job, tree)
    compile_packages(job, tree)
    for folder, place in job.pin.keeps.items():
        shutil.copytree(tree / folder, job.folder / place)


def build_main(job: Job) -> None:
    """Builds a main module of this repository: the sums of all below it are in the go.sum that is one of its files."""
    tree = job.scratch / "source"
    tree.mkdir()
    place_files(job, tree)
    compile_packages(job, tree)


def compile_packages(job: Job, tree: Path) -> None:
    """Builds the pin's packages into bin/. A package under a further name is compiled once and linked to."""
    built: dict[str, str] = {}
    for number, (program, package) in enumerate(job.pin.packages.items(), start=1):
        output = job.folder / "bin" / program
        if package in built:
            output.symlink_to(built[package])
            continue
        compile_package(job, f"compiling {program}, part {number} of {len(job.pin.packages)}", tree, package, output)
        built[package] = program


def build_collector(job: Job) -> None:
    """Generates the OpenTelemetry Collector from its manifest, then builds it with the sums committed beside it."""
    tree = module_tree(job)
    builder = job.scratch / "ocb"
    compile_package(job, "compiling the collector's builder, next: generating its source", tree, ".", builder)
    place_files(job, job.scratch)
    job.run(
        "generating the collector's source, next: compiling it",
        [builder, "--config", "builder.yaml", "--skip-get-modules", "--skip-compilation"],
        cwd=job.scratch, env=go_environ(job), minutes=2,
    )  # fmt: skip
    generated = job.scratch / "generated"
    place_files(job, generated)
    compile_package(job, "compiling the collector", generated, ".", job.folder / "bin" / "otelcol")


def keep_files(job: Job) -> None:
    """Keeps the files of a module that the pin names, and compiles nothing."""
    tree = module_tree(job)
    for path in job.pin.programs.values():
        if not (tree / path).is_file():
            raise ToolError(f"{job.pin.title}: {job.pin.source} has no {path}. Name another file in pins.toml.")
        (job.folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / path, job.folder / path)


def module_tree(job: Job) -> Path:
    """A writable copy of the pinned module's tree. Raises ToolError when its sum is not the pinned one."""
    pin = job.pin
    # Its sum is checked below against the pin, which says more than the public checksum database and is always there.
    environ = {**go_environ(job), "GONOSUMDB": pin.source}
    answer = job.run(
        f"reading the source {pin.source}",
        [job.tool("go"), "mod", "download", "-modcacherw", "-json", f"{pin.source}@v{pin.version}"],
        cwd=job.scratch, env=environ, minutes=DOWNLOAD_MINUTES,
    )  # fmt: skip
    module = json.loads(answer)
    if module["Sum"] != pin.checksum:
        raise job.refuse(module["Sum"], str(pin.checksum))
    tree = job.scratch / "source"
    _copy_writable(Path(module["Dir"]), tree)
    return tree


def place_files(job: Job, tree: Path) -> None:
    """Puts the repository's own build files into the tree."""
    for place, path in job.pin.build_files().items():
        shutil.copyfile(path, tree / place)


def edit_files(job: Job, tree: Path) -> None:
    """Changes the few places of the source that the pin names. Raises ToolError when one is not there exactly once."""
    for place, changes in job.pin.edits.items():
        file = tree / place
        text = file.read_text(encoding="utf-8")
        for old, new in changes.items():
            if text.count(old) != 1:
                raise ToolError(f"{job.pin.title}: {place} holds {old!r} {text.count(old)} times instead of once.")
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")


def compile_package(job: Job, doing: str, tree: Path, package: str, output: Path) -> None:
    """Compiles one package of the tree to a static program without debugging tables."""
    go = job.tool("go")
    flags = ["-modcacherw", "-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags={job.pin.ldflags}"]
    job.run(doing, [go, "build", *flags, "-o", output, package], cwd=tree, env=go_environ(job), minutes=BUILD_MINUTES)


def go_environ(job: Job) -> dict[str, str]:
    """What Go must know: no C compiler needed, no other Go fetched, no workspace of the user's in the way."""
    environ = {
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "PATH": f"{job.tool('go').parent}{os.pathsep}{job.environ.get('PATH', '')}",
    }
    if job.cache.own_go_caches:
        environ["GOMODCACHE"] = str(job.cache.root / "go-modules")
        environ["GOCACHE"] = str(job.cache.root / "go-objects")
    return environ


def _copy_writable(source: Path, target: Path) -> None:
    """Go leaves its module cache read-only; a copy with those modes could be neither changed nor removed."""
    for parent, _, files in os.walk(source):
        folder = target / Path(parent).relative_to(source)
        folder.mkdir(parents=True)
        for name in files:
            shutil.copyfile(Path(parent) / name, folder / name)
