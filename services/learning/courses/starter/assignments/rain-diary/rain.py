def rain_by_day(lines):
    """Millimetres of rain per day, from the lines of the diary."""
    totals = {}
    for line in lines:
        # Tidy the line, leave it out if it is not data, cut it into its pieces.
        # Then put the millimetres into the box of that day.
        pass
    return totals


def wettest_day(totals):
    """The day with the most rain, the earlier one if two are equal; None if there are no days."""
    return ""
