def celsius(ticks):
    """The temperature in degrees Celsius, rounded to one digit after the point."""
    return round(ticks / 10 - 40, 1)


def sentence(place, ticks):
    """The reading as people like to see it, for example "Roof: 5.5 °C"."""
    return f"{place}: {celsius(ticks)} °C"
