from enum import StrEnum


class CheckoutViewStatus(StrEnum):
    COMPLETE = "complete"
    EXPIRED = "expired"
    OPEN = "open"
    OPENING = "opening"

    def __str__(self) -> str:
        return str(self.value)
