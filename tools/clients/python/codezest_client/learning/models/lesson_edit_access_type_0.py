from enum import StrEnum


class LessonEditAccessType0(StrEnum):
    FREE = "free"
    PRO = "pro"

    def __str__(self) -> str:
        return str(self.value)
