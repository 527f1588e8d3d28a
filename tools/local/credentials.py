"""The secrets of one instance: made once, kept in files of mode 0600, handed out by Dapr or by the supervisor."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.local.home import Home, write_private_json

# Short words that are easy to read aloud and to type; six of them are about 36 bits, enough for a loopback demo.
WORDS = [
    "amber",
    "apple",
    "arrow",
    "autumn",
    "basil",
    "beacon",
    "birch",
    "bramble",
    "breeze",
    "brook",
    "candle",
    "canyon",
    "cedar",
    "cherry",
    "clover",
    "cobalt",
    "copper",
    "coral",
    "cotton",
    "cricket",
    "dahlia",
    "delta",
    "ember",
    "fable",
    "falcon",
    "fern",
    "finch",
    "flint",
    "forest",
    "garnet",
    "ginger",
    "granite",
    "harbor",
    "hazel",
    "heron",
    "honey",
    "indigo",
    "island",
    "ivory",
    "jasmine",
    "juniper",
    "kettle",
    "lantern",
    "laurel",
    "lemon",
    "linen",
    "lotus",
    "maple",
    "marble",
    "meadow",
    "mint",
    "nectar",
    "oasis",
    "olive",
    "onyx",
    "orchard",
    "otter",
    "pebble",
    "pepper",
    "pine",
    "plum",
    "quartz",
    "river",
    "saffron",
]


@dataclass(frozen=True)
class Credentials:
    """What was read from the two files of one instance."""

    served: dict[str, str]
    admin: dict[str, str]

    def database_passwords(self, services: Sequence[str]) -> dict[str, dict[str, str]]:
        """The passwords of each service's two database roles."""
        return {
            service: {
                "owner": self.admin[f"{service}-owner-password"],
                "runtime": self.served[f"{service}-database-password"],
            }
            for service in services
        }


def ensure_credentials(home: Home, services: Sequence[str]) -> Credentials:
    """Read the secrets of this instance and make those that are missing; those that exist never change."""
    served = {f"{service}-{kind}": _token() for service in services for kind in ("database-password", "cursor-key")}
    served |= {
        "auth-token-key": secrets.token_hex(32),
        "auth-demo-password": "-".join(secrets.choice(WORDS) for _ in range(6)),
        "payments-stripe-api-key": f"sk_test_{_token()}",
        "payments-stripe-webhook-secret": f"whsec_{_token()}",
        "redis-password": _token(),
    }
    tokens = ("owner-password", "dapr-api-token", "app-api-token")
    admin = {f"{service}-{kind}": _token() for service in services for kind in tokens}
    admin["postgres-password"] = _token()
    return Credentials(_merged(home.secrets_file, served), _merged(home.admin_secrets_file, admin))


def read_served(home: Home) -> dict[str, str]:
    """The secrets that Dapr serves, for tests that look behind the scenes."""
    return _read(home.secrets_file)


def _token() -> str:
    return secrets.token_hex(24)


def _merged(path: Path, fresh: dict[str, str]) -> dict[str, str]:
    known = _read(path)
    if fresh.keys() - known.keys():
        write_private_json(path, fresh | known)
    return fresh | known


def _read(path: Path) -> dict[str, str]:
    content: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return content
