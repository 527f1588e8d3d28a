"""Bootstrap and migrate everything: what `make up` and the cluster's Jobs run before any service starts.

Environment: CODEZEST_ADMIN_DATABASE_URL (an administrator's URL) and CODEZEST_DATABASE_PASSWORDS_FILE, a JSON file
`{"auth": {"owner": "...", "runtime": "..."}, ...}` that only this user can read.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from shared.db.bootstrap import Passwords, bootstrap
from shared.db.migrate import migrate


def prepare(admin_url: str, passwords: dict[str, Passwords]) -> None:
    """Create database, roles and schemas, then bring each schema to its newest revision."""
    target = asyncio.run(bootstrap(admin_url, passwords))
    for service, pair in passwords.items():
        started = time.monotonic()
        later = migrate(service, target.set(username=f"{service}_owner", password=pair.owner))
        found = f" (left at revision {later} of a later version)" if later else ""
        sys.stdout.write(f"migrated {service} in {time.monotonic() - started:.1f} s{found}\n")


def main() -> None:
    """Read the environment, prepare, exit 0."""
    try:
        admin_url = os.environ["CODEZEST_ADMIN_DATABASE_URL"]
        secrets = json.loads(Path(os.environ["CODEZEST_DATABASE_PASSWORDS_FILE"]).read_text())
    except KeyError as missing:
        sys.exit(f"Set {missing.args[0]} (see shared/db/prepare.py); `make up` and `make migrate` do it for you.")
    prepare(admin_url, {service: Passwords(**pair) for service, pair in secrets.items()})


if __name__ == "__main__":
    main()
