from station import celsius, sentence


def test_455_ticks_are_five_and_a_half_degrees():
    assert celsius(455) == 5.5


def test_no_ticks_are_forty_degrees_below_zero():
    assert celsius(0) == -40


def test_the_sentence_names_the_place_and_the_temperature():
    assert sentence("Roof", 455) == "Roof: 5.5 °C"
