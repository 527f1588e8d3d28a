def parse(line):
    """Time and temperature of a line such as "05:00 -1.5". ValueError if it is not such a line."""
    clock, number = line.split()
    celsius = float(number)
    if not -40 <= celsius <= 60:
        raise ValueError(f"{number} is not a temperature between -40 and 60")
    return clock, celsius


def readable(lines):
    """The readings of all lines that can be read, and the number of those that cannot."""
    readings = []
    skipped = 0
    for line in lines:
        try:
            readings.append(parse(line))
        except ValueError:
            skipped = skipped + 1
    return readings, skipped


def extremes(readings):
    """The lowest and the highest reading, the earlier one if several are equal."""
    lowest = readings[0]
    highest = readings[0]
    for reading in readings:
        if reading[1] < lowest[1]:
            lowest = reading
        if reading[1] > highest[1]:
            highest = reading
    return lowest, highest


def report(lines):
    """The morning report about the lines of the night."""
    readings, skipped = readable(lines)
    text = f"readings: {len(readings)}\nskipped: {skipped}"
    if not readings:
        return text
    lowest, highest = extremes(readings)
    total = 0.0
    for _clock, celsius in readings:
        total = total + celsius
    text = text + f"\nlowest: {lowest[1]:.1f} at {lowest[0]}"
    text = text + f"\nhighest: {highest[1]:.1f} at {highest[0]}"
    return text + f"\nmean: {total / len(readings):.1f}"
