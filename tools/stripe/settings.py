from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

API_VERSION: Final = "2026-10-28.endive"
HOST: Final = "127.0.0.1"
"""The stand-in takes no money and has test doors, so nothing outside this machine may reach it, unless it is said where."""


class SettingsError(Exception):
    """The stand-in cannot start; the message says which setting is wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one stand-in is started with; secrets stay out of its `repr`."""

    port: int
    home: Path
    webhook_url: str
    host: str = HOST
    public_url: str = ""
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)

    @property
    def base_url(self) -> str:
        """The address that session and invoice links start with."""
        return self.public_url or f"http://{HOST}:{self.port}"

    @property
    def names(self) -> list[str]:
        """The names by which it may be asked: a page on the internet cannot reach it by pointing its own at loopback."""
        elsewhere = [urlsplit(self.public_url).hostname or "", self.host] if self.host != HOST else []
        return [HOST, "localhost", *elsewhere]

    @property
    def database(self) -> Path:
        """The file that holds everything the stand-in knows."""
        return self.home / "stripe.sqlite3"


def from_environment(*, port: int, home: Path, host: str = HOST) -> Settings:
    """The settings of this process. Raises SettingsError when a variable is missing or is not usable."""
    url = _variable("STRIPE_WEBHOOK_URL")
    if urlsplit(url).scheme not in {"http", "https"}:
        raise SettingsError(f"STRIPE_WEBHOOK_URL is {url!r}: set it to the http address that takes the webhooks.")
    return Settings(
        port=port,
        home=home,
        host=host,
        public_url=os.environ.get("STRIPE_PUBLIC_URL", "").rstrip("/"),
        webhook_url=url,
        api_key=_variable("STRIPE_API_KEY"),
        webhook_secret=_variable("STRIPE_WEBHOOK_SECRET"),
    )


def _variable(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set: the Stripe stand-in needs it in its environment.")
    return value
