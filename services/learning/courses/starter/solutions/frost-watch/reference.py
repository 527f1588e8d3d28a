def frost_hours(readings):
    """How many of the hourly readings are below zero."""
    count = 0
    for celsius in readings:
        if celsius < 0:
            count = count + 1
    return count


def longest_frost(readings):
    """The length of the longest unbroken run of readings below zero."""
    longest = 0
    run = 0
    for celsius in readings:
        if celsius < 0:
            run = run + 1
        else:
            run = 0
        if run > longest:
            longest = run
    return longest
