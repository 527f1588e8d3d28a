"""Whatever goes wrong, the repository stays as it was."""

import re
from pathlib import Path

import pytest

from tests.new.copies import copy_of_the_repository, sources
from tools.new.__main__ import new_service
from tools.new.entries import CHANGES, changed_files
from tools.new.refusal import Refused
from tools.new.staging import install
from tools.new.templates import service_files

pytestmark = pytest.mark.thorough

NAME = "certificates"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return copy_of_the_repository(tmp_path)


def test_a_file_that_exists_is_not_overwritten(house: Path) -> None:
    (house / "components/configuration/certificates.yaml").write_text("mine")
    before = sources(house)
    with pytest.raises(Refused, match=r"components/configuration/certificates.yaml exists already"):
        new_service(NAME, house)
    assert sources(house) == before


@pytest.mark.parametrize("path", [*CHANGES, "dapr.yaml", "skaffold.yaml"])
def test_a_file_that_looks_otherwise_is_named_and_left_alone(house: Path, path: str) -> None:
    (house / path).write_text("# rewritten\n")
    before = sources(house)
    with pytest.raises(Refused, match=path):
        new_service(NAME, house)
    assert sources(house) == before


def test_a_file_that_is_missing_is_named(house: Path) -> None:
    (house / "components/state.yaml").unlink()
    with pytest.raises(Refused, match=r"components/state.yaml is missing"):
        changed_files(NAME, house)


def test_ports_end_where_those_of_further_replicas_begin(house: Path) -> None:
    file = house / "dapr.yaml"
    file.write_text(file.read_text().replace("appPort: 8060", "appPort: 8100"))
    with pytest.raises(Refused, match="no room for five ports from 8110"):
        changed_files(NAME, house)


@pytest.mark.parametrize("impossible", ["blocked/file.txt", "full"], ids=["a file for a folder", "a folder for a file"])
def test_an_error_while_writing_takes_everything_back(tmp_path: Path, impossible: str) -> None:
    (tmp_path / "kept.txt").write_text("before")
    (tmp_path / "blocked").write_text("a file, where a folder would have to be")
    (tmp_path / "full/folder").mkdir(parents=True)
    there = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}
    files = {"kept.txt": "after", "new/folder/file.txt": "new", impossible: "impossible"}
    with pytest.raises(OSError, match=r"blocked|full"):
        install(tmp_path, files)
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*")} == there
    assert (tmp_path / "kept.txt").read_text() == "before"


def test_no_placeholder_is_left_and_no_template_is_taken_for_code(house: Path) -> None:
    files = {**service_files(NAME), **changed_files(NAME, house)}
    for path, text in files.items():
        assert "__service__" not in (path + text).lower(), path
    assert not list((house / "tools/new/template").rglob("*.py"))


ENTERED = re.compile(f', "{NAME}"|[,;] ?{NAME}(=[a-z]+)?')


def test_comments_and_all_that_was_there_stay(house: Path) -> None:
    for path, text in changed_files(NAME, house).items():
        left = iter(ENTERED.sub("", line) for line in text.splitlines())
        for line in (house / path).read_text().splitlines():
            assert line in left, f"{path} lost {line!r}"
