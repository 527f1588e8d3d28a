from enum import StrEnum


class LessonAnswerAccess(StrEnum):
    FREE = "free"
    PRO = "pro"

    def __str__(self) -> str:
        return str(self.value)
