"""Keeps a failure that repeats every second from filling the log."""

import time


class Quiet:
    """Lets one complaint per `seconds` through."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._last: float | None = None

    def may_speak(self) -> bool:
        """Whether it is time to complain (again)."""
        now = time.monotonic()
        if self._last is not None and now - self._last < self._seconds:
            return False
        self._last = now
        return True
