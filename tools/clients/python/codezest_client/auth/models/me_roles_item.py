from enum import StrEnum


class MeRolesItem(StrEnum):
    ADMIN = "admin"
    AUTHOR = "author"

    def __str__(self) -> str:
        return str(self.value)
