from enum import StrEnum


class SessionShownClient(StrEnum):
    API = "api"
    BROWSER = "browser"

    def __str__(self) -> str:
        return str(self.value)
