def rain_by_day(lines):
    """Keeps only the last shower of each day."""
    totals = {}
    for line in lines:
        tidy = line.strip()
        if tidy == "" or tidy.startswith("#"):
            continue
        day, _clock, mm = tidy.lower().split()
        totals[day] = float(mm)
    return totals


def wettest_day(totals):
    """The day with the most rain, the earlier one if two are equal; None if there are no days."""
    return max(totals, key=totals.get, default=None)
