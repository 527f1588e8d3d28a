from enum import StrEnum


class SearchRoleType0(StrEnum):
    ADMIN = "admin"
    AUTHOR = "author"

    def __str__(self) -> str:
        return str(self.value)
