from enum import StrEnum


class OpenedCheckoutPlan(StrEnum):
    PRO_MONTHLY = "pro_monthly"
    PRO_YEARLY = "pro_yearly"

    def __str__(self) -> str:
        return str(self.value)
