def celsius(ticks):
    """The temperature in degrees Celsius, rounded to one digit after the point."""
    # 0 ticks mean -40 degrees, and each tick is a tenth of a degree.


def sentence(place, ticks):
    """The reading as people like to see it, for example "Roof: 5.5 °C"."""
    # Let celsius() do the calculation.
