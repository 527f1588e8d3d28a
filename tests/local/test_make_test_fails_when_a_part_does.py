"""`make test`: all parts run, and any failure of one is a failure of the whole."""

import pytest

from tools.test import DEEP, DEEP_MODEL, MODEL, PLATFORM, QUICK, WITHOUT_BROKER, parts, verdict


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
