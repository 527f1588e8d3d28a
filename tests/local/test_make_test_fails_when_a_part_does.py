"""`make test` and its like: all parts run, and any failure of one is a failure of the whole."""

import re

import pytest

from tools.database.services import ROOT
from tools.test import DEEP, DEEP_MODEL, MODEL, PLATFORM, QUICK, WITHOUT_BROKER, parts, verdict

MARKED = re.compile(r"^(pytestmark = .*|@)pytest\.mark\.cluster\b", re.MULTILINE)


@pytest.mark.parametrize("statuses", [[1, 0, 0], [0, 1, 0], [0, 0, -9], [0, -11, 0], [5, 0, 0]])
def test_a_part_that_failed_or_was_killed_fails_the_whole(statuses: list[int]) -> None:
    assert verdict(statuses) == 1


def test_parts_that_passed_pass() -> None:
    assert verdict([0, 0, 0]) == 0


def test_without_a_broker_the_others_run_too() -> None:
    assert parts("on") == [QUICK, MODEL, PLATFORM]
    assert parts("off") == [QUICK, MODEL, WITHOUT_BROKER]
    assert "--broker=off" in WITHOUT_BROKER.arguments


def test_what_is_run_at_length_is_run_by_nothing_else() -> None:
    assert parts("on", deep=True) == [DEEP, DEEP_MODEL]
    assert all("not deep" in part.arguments[1] for part in (QUICK, PLATFORM, WITHOUT_BROKER))


def test_the_model_tells_a_hundred_stories_each_time_and_ten_thousand_at_length() -> None:
    assert "not model" in QUICK.arguments[1]
    assert [part.environment["CODEZEST_MODEL_EXAMPLES"] for part in (MODEL, DEEP_MODEL)] == ["100", "10000"]


def test_on_clusters_every_file_is_run_once() -> None:
    marked = [file for file in ROOT.glob("tests/**/test_*.py") if MARKED.search(file.read_text())]
    assert marked
    runs = [part.arguments for part in parts("on", cluster=True)]
    for file in marked:
        path = str(file.relative_to(ROOT))
        assert len([words for words in runs if _takes(words, path)]) == 1, path


def _takes(words: list[str], path: str) -> bool:
    return f"--ignore={path}" not in words and any(path.startswith(word) for word in words if word.startswith("tests/"))
