"""`make test`: both halves run, and any failure of one is a failure of the whole."""

import pytest

from tools.test import DEEP, MODEL, PLATFORM, QUICK, WITHOUT_BROKER, halves, verdict


@pytest.mark.parametrize("statuses", [[1, 0], [0, 1], [-9, 0], [0, -11], [5, 0]])
def test_a_half_that_failed_or_was_killed_fails_the_whole(statuses: list[int]) -> None:
    assert verdict(statuses) == 1


def test_two_halves_that_passed_pass() -> None:
    assert verdict([0, 0]) == 0


def test_without_a_broker_the_quick_half_runs_too() -> None:
    assert halves("on") == [QUICK, PLATFORM]
    assert halves("off") == [QUICK, WITHOUT_BROKER]
    assert "--broker=off" in WITHOUT_BROKER.arguments


def test_what_is_run_at_length_is_run_by_nothing_else_and_left_out_by_nothing() -> None:
    assert halves("on", deep=True) == [DEEP, MODEL]
    assert all("not deep" in half.arguments[1] for half in (QUICK, PLATFORM, WITHOUT_BROKER))
    assert MODEL.environment["CODEZEST_MODEL_EXAMPLES"] == "10000"
