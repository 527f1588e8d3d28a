"""How long to wait before a program that died is started again."""

from dataclasses import dataclass

FIRST = 0.5
LONGEST = 30.0
# A program that lived this long (seconds) has recovered: its next death starts from the shortest delay again.
RECOVERED = 10.0


@dataclass
class Backoff:
    """0.5 s, 1 s, 2 s ... 30 s; back to the start after a life of 10 s."""

    first: float = FIRST
    longest: float = LONGEST
    deaths: int = 0

    def after(self, lived: float) -> float:
        """The delay in seconds after a life of `lived` seconds."""
        if lived >= RECOVERED:
            self.deaths = 0
        self.deaths += 1
        return min(self.first * 2.0 ** (self.deaths - 1), self.longest)
