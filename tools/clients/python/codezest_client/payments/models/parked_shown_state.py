from enum import StrEnum


class ParkedShownState(StrEnum):
    DEAD = "dead"
    RETRYING = "retrying"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
