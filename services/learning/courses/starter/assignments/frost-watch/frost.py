def frost_hours(readings):
    """How many of the hourly readings are below zero."""
    count = 0
    for celsius in readings:
        pass  # what has to happen here, and for which readings?
    return count


def longest_frost(readings):
    """The length of the longest unbroken run of readings below zero."""
    longest = 0
    # Carry a second value along: the length of the run that is going on.
    return longest
