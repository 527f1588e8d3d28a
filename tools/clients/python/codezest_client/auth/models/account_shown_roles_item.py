from enum import StrEnum


class AccountShownRolesItem(StrEnum):
    ADMIN = "admin"
    AUTHOR = "author"

    def __str__(self) -> str:
        return str(self.value)
