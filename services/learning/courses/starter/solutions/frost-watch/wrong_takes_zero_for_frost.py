def frost_hours(readings):
    """Counts zero degrees too."""
    count = 0
    for celsius in readings:
        if celsius <= 0:
            count = count + 1
    return count


def longest_frost(readings):
    """Goes on through zero degrees."""
    longest = 0
    run = 0
    for celsius in readings:
        run = run + 1 if celsius <= 0 else 0
        longest = max(longest, run)
    return longest
