"""Settings of the notifications service."""

from email.headerregistry import Address, HeaderRegistry
from email.utils import parseaddr
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where mail goes out and in whose name. A password, if `smtp_user` is set, is the secret notifications-smtp-password."""

    service: str = "notifications"
    smtp_host: str = Field(default="localhost", description="The mail server that takes our mail")
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_user: str = Field(default="", description="Empty: the mail server asks for no user")
    smtp_security: Literal["auto", "tls", "starttls", "none"] = Field(
        default="auto",
        description="auto: TLS on port 465, else STARTTLS where offered, and demanded if there is a user",
    )
    smtp_connections: int = Field(default=4, ge=1, le=50, description="At most this many connections at a time")
    smtp_timeout: float = Field(default=30, gt=0, le=55, description="Seconds for each answer of the mail server")
    sweep_seconds: float = Field(default=1, gt=0, description="Seconds between looks for mail nobody was woken for")
    mail_from: str = Field(default="CodeZest <hello@codezest.local>", description="The From of every mail")
    mail_envelope_from: str = Field(default="", description="Where bounces go; empty: the address of mail_from")

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        header: Any = HeaderRegistry()("From", value if value.isprintable() else "")
        if header.defects or [bool(one.username and one.domain) for one in header.addresses] != [True]:
            raise ValueError("give one address, for example `CodeZest <hello@example.org>`")
        return value

    @property
    def sender(self) -> Address:
        """Who every mail is from."""
        name, address = parseaddr(self.mail_from)
        return Address(display_name=name, addr_spec=address)

    @property
    def envelope_sender(self) -> str:
        """The address that bounces go to."""
        return self.mail_envelope_from or self.sender.addr_spec

    @property
    def public_host(self) -> str:
        """The host of the public address, which Message-IDs and the greeting to the mail server name; always ASCII."""
        host = urlsplit(self.public_url).hostname or "localhost"
        return f"[IPv6:{host}]" if ":" in host else host.encode("idna").decode()
