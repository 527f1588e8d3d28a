from enum import StrEnum


class ListParkedEventsStateType0(StrEnum):
    DEAD = "dead"
    RETRYING = "retrying"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
