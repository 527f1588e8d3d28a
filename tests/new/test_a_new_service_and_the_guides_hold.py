"""In one copy of the repository: a new service, then the guides to the letter, then all that `make check` and the tests ask."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.new.copies import copy_of_the_repository, module, run
from tests.new.guides import blocks, follow, named_tests
from tools.local.daprfile import read_apps

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]

NAME = "certificates"
MIGRATION = f"shared/db/migrations/{NAME}/versions/0001_initial.py"
CHARTS = ("values_are_described_and_checked", "skaffold_goes_by_the_same_charts")
GUIDES = ("first-endpoint.md", "first-event.md")


@dataclass(frozen=True, kw_only=True)
class House:
    """The copy, and which files were written in it."""

    folder: Path
    written: list[str]
    code: list[str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = copy_of_the_repository(tmp_path_factory.mktemp("house"))
    printed = module(folder, "tools.new", NAME)
    written = [line.removeprefix("wrote ") for line in printed.splitlines() if line.startswith("wrote ")]
    for guide in GUIDES:
        written += follow(guide, folder)
    written = list(dict.fromkeys(written))
    module(folder, "tools.contracts")
    module(folder, "tools.clients")
    return House(folder=folder, written=written, code=[path for path in written if path.endswith(".py")])


def test_it_is_formatted_and_linted(house: House) -> None:
    code = [path for path in house.code if path != MIGRATION]
    module(house.folder, "ruff", "format", "--check", *code)
    module(house.folder, "ruff", "check", *code)


def test_it_is_typed(house: House) -> None:
    module(house.folder, "mypy", *[path for path in house.code if path != MIGRATION])


def test_it_keeps_the_architecture(house: House) -> None:
    linter = str(Path(sys.executable).with_name("lint-imports"))
    assert "0 broken" in run(house.folder, linter, "--no-cache")


def test_it_passes_its_own_tests_those_of_the_guides_and_the_contracts(house: House) -> None:
    named = [path for guide in GUIDES for path in named_tests(guide)]
    policies = ["tests/local/test_policies_agree.py", "tests/local/test_dapr_file_is_read.py"]
    charts = [f"tests/charts/test_{name}.py" for name in CHARTS]
    tests = [f"tests/{NAME}", *named, "tests/activity", "tests/contracts", *charts, *policies]
    options = ["-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile", "-m", "not platform and not thorough"]
    module(house.folder, "pytest", *options, *dict.fromkeys(tests))


def test_it_has_ports_of_its_own(house: House) -> None:
    apps = read_apps(house.folder / "dapr.yaml")
    assert apps[-1].id == NAME
    ports = [port for app in apps for port in app.ports.all()]
    assert len(ports) == len(set(ports))


def test_every_component_it_was_entered_into_still_is_yaml(house: House) -> None:
    for path in house.written:
        if path.endswith(".yaml"):
            assert NAME in str(yaml.safe_load((house.folder / path).read_text())), path


def test_a_second_time_is_refused(house: House) -> None:
    with pytest.raises(AssertionError, match="is a service already"):
        module(house.folder, "tools.new", NAME)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_takes_three_files_until_it_works(guide: str) -> None:
    told = [block.file for block in blocks(guide) if block.file]
    works = [file for file in told if guide == "first-endpoint.md" or not file.startswith("tests/")]
    assert len(set(works)) == 3
