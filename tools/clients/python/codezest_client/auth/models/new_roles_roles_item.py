from enum import StrEnum


class NewRolesRolesItem(StrEnum):
    ADMIN = "admin"
    AUTHOR = "author"

    def __str__(self) -> str:
        return str(self.value)
