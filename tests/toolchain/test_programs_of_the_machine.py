from pathlib import Path

import pytest

from tests.toolchain.making import DAPRD, Counting, a_pin, a_toolchain, write_program
from tools.toolchain.pins import Outside, Pin
from tools.toolchain.programs import Toolchain


def daprd(folder: Path) -> Pin:
    return a_pin(folder, name="daprd", version="1.18.1", programs={"daprd": "bin/daprd"}, outside=DAPRD)


def sentry(folder: Path) -> Pin:
    return a_pin(folder, name="sentry", version="1.18.1", programs={"sentry": "bin/sentry"})


def dapr(root: Path, path: str, *, recipe: Counting | None = None) -> Toolchain:
    environ = {"PATH": path, "HOME": str(root / "home")}
    return a_toolchain(root / "cache", daprd(root), sentry(root), environ=environ, recipe=recipe)


@pytest.mark.parametrize("version", ["1.18.1", "1.18.0", "1.18.12", "1.18.2-rc.1"])
def test_a_daprd_of_the_pinned_minor_version_on_the_path_is_preferred(tmp_path: Path, version: str) -> None:
    own, recipe = write_program(tmp_path / "bin/daprd", version), Counting()
    tools = dapr(tmp_path, str(tmp_path / "bin"), recipe=recipe)
    assert tools.find("daprd") == tools.ensure("daprd") == own
    assert recipe.made == []


@pytest.mark.parametrize("version", ["1.17.9", "1.180.1", "1.1", "2.18.1", "edge", ""])
def test_a_daprd_of_another_version_is_not_used(tmp_path: Path, version: str) -> None:
    write_program(tmp_path / "bin/daprd", version)
    tools = dapr(tmp_path, str(tmp_path / "bin"))
    assert tools.find("daprd") is None
    assert tools.ensure("daprd", say=lambda _line: None).is_relative_to(tmp_path / "cache")


def test_a_daprd_that_fails_when_asked_is_not_used(tmp_path: Path) -> None:
    write_program(tmp_path / "bin/daprd", "1.18.1", code=3)
    assert dapr(tmp_path, str(tmp_path / "bin")).find("daprd") is None


def test_a_daprd_that_daprs_own_installer_left_in_the_home_is_found(tmp_path: Path) -> None:
    own = write_program(tmp_path / "home/.dapr/bin/daprd", "1.18.4")
    assert dapr(tmp_path, "").find("daprd") == own


def test_a_later_one_on_the_path_serves_when_the_first_does_not(tmp_path: Path) -> None:
    write_program(tmp_path / "old/daprd", "1.17.0")
    own = write_program(tmp_path / "new/daprd", "1.18.0")
    assert dapr(tmp_path, f"{tmp_path / 'old'}:{tmp_path / 'new'}").find("daprd") == own


@pytest.mark.parametrize(
    ("says", "serves"),
    [
        ("go version go1.26.4 linux/amd64", True),
        ("go version go1.27 linux/amd64", True),
        ("go version go1.26.3 linux/amd64", False),
        ("go version go1.26 linux/amd64", False),
        ("go version go1.9.9 linux/amd64", False),
    ],
)
def test_a_go_serves_from_the_version_that_daprd_asks_for(tmp_path: Path, says: str, serves: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    write_program(tmp_path / "bin/go", says)
    rule = {"go": Outside(asks="version", at_least="1.26.4")}
    pin = a_pin(tmp_path, name="go", programs={"go": "bin/go"}, outside=rule)
    tools = a_toolchain(tmp_path / "cache", pin, environ={"PATH": str(tmp_path / "bin")})
    assert (tools.find("go") is not None) is serves
