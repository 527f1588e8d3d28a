import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.toolchain.making import a_pin, write_program
from tools.toolchain.cache import Cache
from tools.toolchain.golang import edit_files, keep_files, module_tree
from tools.toolchain.packages import fetch_wheel, verify
from tools.toolchain.pins import Pin
from tools.toolchain.programs import Toolchain, ToolError
from tools.toolchain.steps import Job


def a_job(root: Path, pin: Pin, *, environ: Mapping[str, str] | None = None, go: Path | None = None) -> Job:
    for name in ("entry", "scratch", "logs"):
        (root / name).mkdir()
    return Job(
        pin=pin,
        cache=Cache(root),
        folder=root / "entry",
        scratch=root / "scratch",
        environ=environ or {},
        say=lambda _line: None,
        tool=lambda _name: go or root,
    )


def test_a_file_with_the_pinned_sum_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"bytes")
    verify(a_job(tmp_path, a_pin(tmp_path, checksum=hashlib.sha256(b"bytes").hexdigest())), tmp_path / "a.jar")


def test_a_file_with_another_sum_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"other bytes")
    wrong = hashlib.sha256(b"other bytes").hexdigest()
    with pytest.raises(ToolError, match=f"greet 1.2.3 was refused: its checksum is {wrong}, but .* is pinned"):
        verify(a_job(tmp_path, a_pin(tmp_path, checksum="0" * 64)), tmp_path / "a.jar")


def module(root: Path, total: str) -> Path:
    """A stand-in for `go` that answers as `go mod download -json` does, with a read-only tree as Go leaves it."""
    tree = root / "module@v1"
    (tree / "cmd").mkdir(parents=True)
    (tree / "cmd/main.go").write_text("package main", encoding="utf-8")
    (tree / "cmd/main.go").chmod(0o444)
    (tree / "cmd").chmod(0o555)
    return write_program(root / "go", json.dumps({"Sum": total, "Dir": str(tree)}))


def test_a_go_module_with_the_pinned_sum_is_copied_so_that_it_can_be_changed(tmp_path: Path) -> None:
    job = a_job(tmp_path, a_pin(tmp_path, checksum="h1:abc"), go=module(tmp_path, "h1:abc"))
    main = module_tree(job) / "cmd/main.go"
    assert main.stat().st_mode & 0o200
    assert main.parent.stat().st_mode & 0o200


def test_a_go_module_with_another_sum_is_refused(tmp_path: Path) -> None:
    job = a_job(tmp_path, a_pin(tmp_path, checksum="h1:abc"), go=module(tmp_path, "h1:other"))
    with pytest.raises(ToolError, match="its checksum is h1:other, but h1:abc is pinned"):
        module_tree(job)


def test_of_a_module_only_the_named_files_are_kept(tmp_path: Path) -> None:
    go = module(tmp_path, "h1:abc")
    (tmp_path / "module@v1/README.md").write_text("not wanted", encoding="utf-8")
    job = a_job(tmp_path, a_pin(tmp_path, checksum="h1:abc", programs={"main": "cmd/main.go"}), go=go)
    keep_files(job)
    assert [file.relative_to(job.folder) for file in job.folder.rglob("*.*")] == [Path("cmd/main.go")]


def test_a_named_file_that_a_module_lacks_is_refused(tmp_path: Path) -> None:
    go = module(tmp_path, "h1:abc")
    with pytest.raises(ToolError, match=r"example/greet has no cmd/other\.go"):
        keep_files(a_job(tmp_path, a_pin(tmp_path, checksum="h1:abc", programs={"main": "cmd/other.go"}), go=go))


def a_wheel(folder: Path) -> Path:
    path = folder / "greet-1.2.3-py3-none-any.whl"
    about = "Metadata-Version: 2.1\nName: greet\nVersion: 1.2.3\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("bin/greet", "#!/bin/sh\n")
        wheel.writestr("greet-1.2.3.dist-info/METADATA", about)
        wheel.writestr("greet-1.2.3.dist-info/WHEEL", tags)
        wheel.writestr("greet-1.2.3.dist-info/RECORD", "")
    return path


@pytest.mark.parametrize("right", [True, False])
def test_a_wheel_is_installed_only_with_the_pinned_sum(tmp_path: Path, right: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    found = hashlib.sha256(a_wheel(tmp_path).read_bytes()).hexdigest()
    total = found if right else "0" * 64
    pin = a_pin(tmp_path, name="greet", kind="wheel", source="greet", checksum=total)
    environ = {"UV_OFFLINE": "1", "UV_FIND_LINKS": str(tmp_path), "UV_NO_INDEX": "1", "PATH": "", "HOME": str(tmp_path)}
    tools = Toolchain({"greet": pin}, Cache(tmp_path / "cache"), environ=environ, recipes={"wheel": fetch_wheel})
    if right:
        assert tools.ensure("greet", say=lambda _line: None).is_file()
    else:
        with pytest.raises(ToolError, match="what was downloaded is not what is pinned"):
            tools.ensure("greet", say=lambda _line: None)
        assert tools.find("greet") is None


def test_a_platform_without_a_pinned_sum_is_refused(tmp_path: Path) -> None:
    job = a_job(tmp_path, a_pin(tmp_path, checksum={"plan9-vax": "0" * 64}))
    with pytest.raises(ToolError, match="only for plan9-vax"):
        fetch_wheel(job)


def test_an_edit_changes_the_one_place_it_names(tmp_path: Path) -> None:
    (tmp_path / "server.go").write_text("listen(everywhere)\n")
    edit_files(a_job(tmp_path, a_pin(tmp_path, edits={"server.go": {"everywhere": "here"}})), tmp_path)
    assert (tmp_path / "server.go").read_text() == "listen(here)\n"


@pytest.mark.parametrize("text", ["nothing of the kind", "everywhere and everywhere"])
def test_an_edit_that_does_not_fit_once_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.go").write_text(text)
    with pytest.raises(ToolError, match="instead of once"):
        edit_files(a_job(tmp_path, a_pin(tmp_path, edits={"server.go": {"everywhere": "here"}})), tmp_path)
