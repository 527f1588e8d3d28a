def parse(line):
    """Refuses what is too low or too high, and so lets "nan" in."""
    clock, number = line.split()
    celsius = float(number)
    if celsius < -40 or celsius > 60:
        raise ValueError(f"{number} is not a temperature between -40 and 60")
    return clock, celsius


def report(lines):
    """The morning report about the lines of the night."""
    readings, skipped = [], 0
    for line in lines:
        try:
            readings.append(parse(line))
        except ValueError:
            skipped = skipped + 1
    text = f"readings: {len(readings)}\nskipped: {skipped}"
    if not readings:
        return text
    lowest = min(readings, key=lambda reading: reading[1])
    highest = max(readings, key=lambda reading: reading[1])
    mean = sum(celsius for _clock, celsius in readings) / len(readings)
    text = text + f"\nlowest: {lowest[1]:.1f} at {lowest[0]}\nhighest: {highest[1]:.1f} at {highest[0]}"
    return text + f"\nmean: {mean:.1f}"
