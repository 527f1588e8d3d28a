def rain_by_day(lines):
    """Works as long as nobody indents a comment, doubles a blank or writes a capital letter."""
    totals = {}
    for line in lines:
        if line == "" or line.startswith("#"):
            continue
        day, _clock, mm = line.split(" ")
        totals[day] = totals.get(day, 0.0) + float(mm)
    return totals


def wettest_day(totals):
    """Starts from no rain at all, so a dry week has no wettest day, and lets a later equal day win."""
    best = None
    most = 0.0
    for day, mm in totals.items():
        if mm >= most and mm > 0:
            best = day
            most = mm
    return best
