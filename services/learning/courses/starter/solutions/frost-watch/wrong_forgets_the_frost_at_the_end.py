def frost_hours(readings):
    """How many of the hourly readings are below zero."""
    count = 0
    for celsius in readings:
        if celsius < 0:
            count = count + 1
    return count


def longest_frost(readings):
    """Looks at a run only when it ends, so one that reaches the last hour is lost."""
    longest = 0
    run = 0
    for celsius in readings:
        if celsius < 0:
            run = run + 1
        else:
            if run > longest:
                longest = run
            run = 0
    return longest
