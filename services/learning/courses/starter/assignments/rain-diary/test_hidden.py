from rain import rain_by_day, wettest_day


def test_an_empty_diary_gives_an_empty_dictionary():
    assert rain_by_day([]) == {}


def test_empty_and_blank_lines_are_left_out():
    assert rain_by_day(["", "   ", "wed 09:00 2.0", "\n"]) == {"wed": 2.0}


def test_a_comment_may_be_indented():
    assert rain_by_day(["   # a bird on the gauge", "wed 09:00 2.0"]) == {"wed": 2.0}


def test_several_blanks_separate_as_well_as_one():
    assert rain_by_day(["  thu   23:00    0.25 "]) == {"thu": 0.25}


def test_upper_and_lower_case_name_the_same_day():
    assert rain_by_day(["Fri 01:00 1.0", "FRI 02:00 1.0", "fri 03:00 1.0"]) == {"fri": 3.0}


def test_showers_of_a_day_need_not_stand_together():
    assert rain_by_day(["mon 07:00 1.0", "tue 07:00 2.0", "mon 08:00 4.0"]) == {"mon": 5.0, "tue": 2.0}


def test_days_keep_the_order_of_the_diary():
    assert list(rain_by_day(["wed 07:00 1.0", "mon 07:00 2.0", "wed 08:00 4.0"])) == ["wed", "mon"]


def test_a_dry_day_is_a_day():
    assert rain_by_day(["sat 12:00 0.0"]) == {"sat": 0.0}


def test_the_wettest_day_may_come_last():
    assert wettest_day({"mon": 0.5, "tue": 1.0, "wed": 7.5}) == "wed"


def test_of_two_equal_days_the_earlier_one_counts():
    assert wettest_day({"tue": 0.5, "sun": 3.0, "mon": 3.0}) == "sun"


def test_one_dry_day_is_the_wettest_if_it_is_the_only_one():
    assert wettest_day({"sat": 0.0}) == "sat"
