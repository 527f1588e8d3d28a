from frost import frost_hours, longest_frost


def test_zero_degrees_are_not_frost():
    assert frost_hours([0.0, 0.0, -0.1]) == 1


def test_zero_degrees_end_a_frost():
    assert longest_frost([-1.0, -1.0, 0.0, -1.0]) == 2


def test_a_frost_in_the_first_hours_counts():
    assert longest_frost([-1.0, -2.0, -3.0, 5.0, -1.0]) == 3


def test_a_frost_that_lasts_to_the_end_counts():
    assert longest_frost([-1.0, 5.0, -1.0, -2.0, -3.0]) == 3


def test_nothing_but_frost_is_one_long_frost():
    assert frost_hours([-4.0, -5.0, -6.0, -7.0]) == 4
    assert longest_frost([-4.0, -5.0, -6.0, -7.0]) == 4


def test_a_mild_night_has_no_frost():
    assert frost_hours([4.0, 3.5, 3.0]) == 0
    assert longest_frost([4.0, 3.5, 3.0]) == 0


def test_two_frosts_are_not_added_up():
    assert longest_frost([-1.0, -1.0, 2.0, -1.0, -1.0, 2.0, -1.0, -1.0]) == 2


def test_a_single_reading_is_enough():
    assert longest_frost([-0.5]) == 1
    assert longest_frost([0.5]) == 0


def test_the_list_is_left_as_it_was():
    readings = [1.0, -1.0, -2.0]
    frost_hours(readings)
    longest_frost(readings)
    assert readings == [1.0, -1.0, -2.0]
