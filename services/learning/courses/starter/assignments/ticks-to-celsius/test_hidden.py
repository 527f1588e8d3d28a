from station import celsius, sentence


def test_a_temperature_is_rounded_to_one_digit():
    assert celsius(403) == 0.3


def test_a_single_tick_is_a_tenth_of_a_degree():
    assert celsius(1) == -39.9


def test_a_temperature_just_below_zero_is_negative():
    assert celsius(399) == -0.1


def test_400_ticks_are_exactly_zero():
    assert celsius(400) == 0


def test_a_warm_day_is_converted_too():
    assert celsius(748) == 34.8


def test_a_sentence_can_be_about_any_place():
    assert sentence("Cellar under the stairs", 513) == "Cellar under the stairs: 11.3 °C"


def test_a_sentence_shows_the_minus_sign():
    assert sentence("Roof", 397) == "Roof: -0.3 °C"


def test_nothing_is_printed(capsys):
    celsius(455)
    sentence("Roof", 455)
    assert capsys.readouterr().out == ""
