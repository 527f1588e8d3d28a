from enum import StrEnum


class AuditShownAction(StrEnum):
    REINSTATED = "reinstated"
    ROLES_CHANGED = "roles-changed"
    SIGNING_KEYS_ROTATED = "signing-keys-rotated"
    SUSPENDED = "suspended"

    def __str__(self) -> str:
        return str(self.value)
