from pathlib import Path

import pytest

from tests.toolchain.making import a_pin


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.2.4"},
        {"checksum": "h1:abd"},
        {"source": "example/other"},
        {"ldflags": "-s"},
        {"packages": {"greet": "./cmd/greet"}},
        {"programs": {"greet": "greet"}},
    ],
)
def test_a_changed_pin_has_another_key(tmp_path: Path, change: dict[str, object]) -> None:
    assert a_pin(tmp_path, **change).key != a_pin(tmp_path).key


def test_a_changed_build_file_has_another_key(tmp_path: Path) -> None:
    file = tmp_path / "components.go"
    file.write_text("package components", encoding="utf-8")
    before = a_pin(tmp_path, files={"cmd/zz.go": "components.go"}).key
    file.write_text("package components // more", encoding="utf-8")
    assert a_pin(tmp_path, files={"cmd/zz.go": "components.go"}).key != before


def test_a_build_file_in_another_place_has_another_key(tmp_path: Path) -> None:
    (tmp_path / "components.go").write_text("package components", encoding="utf-8")
    here, there = (a_pin(tmp_path, files={place: "components.go"}).key for place in ("a.go", "b.go"))
    assert here != there


def test_rewording_a_pin_does_not_cost_a_build(tmp_path: Path) -> None:
    assert a_pin(tmp_path, reason="Other words.", takes="2 s", room_mb=2).key == a_pin(tmp_path).key


def test_two_clones_share_the_key(tmp_path: Path) -> None:
    for clone in ("one", "two"):
        (tmp_path / clone).mkdir()
        (tmp_path / clone / "components.go").write_text("package components", encoding="utf-8")
    one, two = (a_pin(tmp_path / clone, files={"zz.go": "components.go"}).key for clone in ("one", "two"))
    assert one == two
