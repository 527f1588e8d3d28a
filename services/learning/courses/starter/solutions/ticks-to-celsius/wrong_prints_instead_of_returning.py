def celsius(ticks):
    """Shows the temperature, and hands nothing back."""
    print(round(ticks / 10 - 40, 1))


def sentence(place, ticks):
    """Shows the sentence, with None where the temperature should be."""
    print(f"{place}: {celsius(ticks)} °C")
