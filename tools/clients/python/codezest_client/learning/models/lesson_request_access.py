from enum import StrEnum


class LessonRequestAccess(StrEnum):
    FREE = "free"
    PRO = "pro"

    def __str__(self) -> str:
        return str(self.value)
