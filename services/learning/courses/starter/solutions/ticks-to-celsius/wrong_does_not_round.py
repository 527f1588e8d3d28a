def celsius(ticks):
    """Right for the examples of the prompt, off by a hair for 403 ticks."""
    return ticks / 10 - 40


def sentence(place, ticks):
    """The reading with all its stray digits."""
    return f"{place}: {celsius(ticks)} °C"
