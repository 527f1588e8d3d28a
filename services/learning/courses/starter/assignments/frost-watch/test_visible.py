from frost import frost_hours, longest_frost

NIGHT = [1.0, -0.5, -2.0, 0.0, -1.0, 3.0]


def test_hours_below_zero_are_counted():
    assert frost_hours(NIGHT) == 3


def test_the_longest_run_is_found():
    assert longest_frost(NIGHT) == 2


def test_an_empty_list_has_no_frost():
    assert frost_hours([]) == 0
    assert longest_frost([]) == 0
