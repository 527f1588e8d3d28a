import pytest
from report import parse, report


@pytest.mark.parametrize("line", ["", "05:00", "05:00 1.0 2.0", "just some words"])
def test_a_line_needs_exactly_two_pieces(line):
    with pytest.raises(ValueError):
        parse(line)


@pytest.mark.parametrize("number", ["-40.1", "60.1", "999", "inf", "-inf"])
def test_an_impossible_temperature_is_refused(number):
    with pytest.raises(ValueError):
        parse(f"05:00 {number}")


def test_not_a_number_is_not_a_temperature():
    with pytest.raises(ValueError):
        parse("05:00 nan")


def test_the_limits_themselves_are_possible():
    assert parse("05:00 -40") == ("05:00", -40)
    assert parse("05:00 60") == ("05:00", 60)


def test_blanks_around_the_pieces_do_not_matter():
    assert parse("  05:00    -1.5 \n") == ("05:00", -1.5)


def test_a_warm_night_has_a_lowest_temperature_above_zero():
    assert "lowest: 3.0 at 02:00" in report(["01:00 5.0", "02:00 3.0"])


def test_an_icy_night_has_a_highest_temperature_below_zero():
    assert "highest: -3.0 at 02:00" in report(["01:00 -5.0", "02:00 -3.0"])


def test_a_single_reading_is_lowest_and_highest():
    assert report(["03:00 7"]) == "readings: 1\nskipped: 0\nlowest: 7.0 at 03:00\nhighest: 7.0 at 03:00\nmean: 7.0"


def test_of_equal_readings_the_earlier_one_is_named():
    lines = report(["01:00 2.0", "02:00 2.0", "03:00 2.0"]).split("\n")
    assert lines[2:4] == ["lowest: 2.0 at 01:00", "highest: 2.0 at 01:00"]


def test_a_night_of_nonsense_counts_what_was_skipped():
    assert report(["warm", "05:00 999", "05:00 nan"]) == "readings: 0\nskipped: 3"


def test_the_mean_has_one_digit_after_the_point():
    assert report(["01:00 1.0", "02:00 1.0", "03:00 2.0"]).split("\n")[-1] == "mean: 1.3"


def test_skipped_lines_do_not_count_in_the_mean():
    assert report(["01:00 4.0", "02:00 -99", "03:00 6.0"]).split("\n")[-1] == "mean: 5.0"
