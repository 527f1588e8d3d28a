from enum import StrEnum


class SignInClient(StrEnum):
    API = "api"
    BROWSER = "browser"

    def __str__(self) -> str:
        return str(self.value)
