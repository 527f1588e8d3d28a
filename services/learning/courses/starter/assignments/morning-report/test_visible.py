import pytest
from report import parse, report


def test_a_line_becomes_a_time_and_a_temperature():
    assert parse("05:00 -1.5") == ("05:00", -1.5)


def test_a_line_without_a_number_is_refused():
    with pytest.raises(ValueError):
        parse("06:30 warm")


def test_the_report_of_a_night_has_five_lines():
    night = ["05:00 -1.5", "06:00 2.0", "06:30 warm", "07:00 4.0"]
    assert report(night).split("\n") == [
        "readings: 3",
        "skipped: 1",
        "lowest: -1.5 at 05:00",
        "highest: 4.0 at 07:00",
        "mean: 1.5",
    ]


def test_the_report_of_no_lines_has_two_lines():
    assert report([]) == "readings: 0\nskipped: 0"
