from rain import rain_by_day, wettest_day


def test_showers_of_one_day_are_added_up():
    assert rain_by_day(["mon 07:00 1.5", "mon 16:00 1.0", "tue 05:00 0.5"]) == {"mon": 2.5, "tue": 0.5}


def test_comments_are_left_out():
    assert rain_by_day(["# gauge cleaned", "tue 05:00 0.5"]) == {"tue": 0.5}


def test_the_wettest_day_is_found():
    assert wettest_day({"mon": 2.5, "tue": 0.5}) == "mon"


def test_without_days_there_is_no_wettest_day():
    assert wettest_day({}) is None
