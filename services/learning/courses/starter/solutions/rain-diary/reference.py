def rain_by_day(lines):
    """Millimetres of rain per day, from the lines of the diary."""
    totals = {}
    for line in lines:
        tidy = line.strip()
        if tidy == "" or tidy.startswith("#"):
            continue
        day, _clock, mm = tidy.lower().split()
        totals[day] = totals.get(day, 0.0) + float(mm)
    return totals


def wettest_day(totals):
    """The day with the most rain, the earlier one if two are equal; None if there are no days."""
    best = None
    for day, mm in totals.items():
        if best is None or mm > totals[best]:
            best = day
    return best
