"""A failure that is told to a person: what happened, what to do, and the lines that show it."""

from dataclasses import dataclass, field


@dataclass
class Problem(Exception):
    """Something a person can act on.

    `cause` is one sentence, `remedy` says what to do, `excerpt` holds the last log lines, oldest first.
    """

    cause: str
    remedy: str
    excerpt: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.cause} {self.remedy}"
