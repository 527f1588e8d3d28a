def parse(line):
    """Time and temperature of a line such as "05:00 -1.5". ValueError if it is not such a line."""
    clock, number = line.split()
    celsius = float(number)
    if not -40 <= celsius <= 60:
        raise ValueError(f"{number} is not a temperature between -40 and 60")
    return clock, celsius


def report(lines):
    """Looks for the extremes from 0 degrees outwards, which fails on warm and on icy nights."""
    count, skipped, total = 0, 0, 0.0
    lowest, lowest_at, highest, highest_at = 0.0, "", 0.0, ""
    for line in lines:
        try:
            clock, celsius = parse(line)
        except ValueError:
            skipped = skipped + 1
            continue
        count = count + 1
        total = total + celsius
        if celsius < lowest:
            lowest, lowest_at = celsius, clock
        if celsius > highest:
            highest, highest_at = celsius, clock
    text = f"readings: {count}\nskipped: {skipped}"
    if count == 0:
        return text
    text = text + f"\nlowest: {lowest:.1f} at {lowest_at}\nhighest: {highest:.1f} at {highest_at}"
    return text + f"\nmean: {total / count:.1f}"
