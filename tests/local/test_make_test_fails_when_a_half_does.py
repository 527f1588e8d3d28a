"""`make test`: both halves run, and any failure of one is a failure of the whole."""

import pytest

from tools.test import PLATFORM, QUICK, halves, verdict


@pytest.mark.parametrize("statuses", [[1, 0], [0, 1], [-9, 0], [0, -11], [5, 0]])
def test_a_half_that_failed_or_was_killed_fails_the_whole(statuses: list[int]) -> None:
    assert verdict(statuses) == 1


def test_two_halves_that_passed_pass() -> None:
    assert verdict([0, 0]) == 0


def test_without_a_broker_the_quick_half_runs_too() -> None:
    assert halves("on") == [QUICK, PLATFORM]
    quick, platform = halves("off")
    assert quick == QUICK
    assert platform == [*PLATFORM, "--broker=off", "tests/e2e"]
