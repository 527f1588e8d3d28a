from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

_MONTHS = {"month": 1, "year": 12}


def period_end(anchor: int, start: int, interval: str) -> int:
    """When the period that begins at `start` ends, in Unix seconds; `interval` is month or year.

    Counted from the anchor, as Stripe does: after 31 January and 28 February comes 31 March.
    """
    first, begin = datetime.fromtimestamp(anchor, UTC), datetime.fromtimestamp(start, UTC)
    passed = (begin.year - first.year) * 12 + begin.month - first.month
    month = first.month - 1 + passed + _MONTHS[interval]
    year, month = first.year + month // 12, month % 12 + 1
    day = min(first.day, monthrange(year, month)[1])
    return int(first.replace(year=year, month=month, day=day).timestamp())
