"""Settings of the auth service."""

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Beside the usual: how many passwords may wait to be hashed, and whether demonstration accounts are made,
    and how a new signing key begins.
    """

    service: str = "auth"
    demo: bool = Field(default=False, description="Make the accounts of Ada, Brian and Grace at start")
    signing_key_wait: float = Field(
        default=12,
        ge=8,
        le=600,
        description="Seconds a new signing key is published before it signs; whoever checks tokens asks every 5 s",
    )
    password_queue: int = Field(
        default=60, ge=1, le=10_000, description="Passwords that may wait for a hashing thread; about 30 a second leave"
    )
