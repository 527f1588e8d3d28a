"""Work on the schemas: `python -m tools.database migration SERVICE MESSAGE | migrate | lint`."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import URL, make_url

from shared.db.bootstrap import DATABASE, Passwords
from shared.db.migrate import MIGRATIONS, configuration
from shared.db.prepare import prepare
from tools.database.scratch import scratch_postgres
from tools.database.services import services
from tools.local.control import Control
from tools.local.home import Home
from tools.local.problem import Problem

SCRATCH_PASSWORD = "scratch"  # noqa: S105 - of a server that lives for seconds on loopback
SQUAWK_EXCLUDED = (
    "prefer-bigint-over-int",  # integers here count versions, minutes and tries; ids are UUIDs, positions bigint
    "prefer-bigint-over-smallint",  # as above
    "prefer-text-field",  # only Alembic's own version table has one
    "prefer-robust-stmts",  # each migration runs in one transaction: it happens whole or not at all
)


def main() -> None:
    """Run one command of this tool."""
    parser = argparse.ArgumentParser(prog="python -m tools.database", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("migration", help="write the migration that brings a schema to its tables")
    new.add_argument("service", choices=services())
    new.add_argument("message")
    run = commands.add_parser("migrate", help="migrate a running instance (CODEZEST_HOME)")
    run.add_argument("--home", type=Path, default=Path(os.environ.get("CODEZEST_HOME", ".local")))
    commands.add_parser("lint", help="look for migrations that would block or break a running platform")
    arguments = parser.parse_args()
    if arguments.command == "migration":
        write_migration(arguments.service, arguments.message)
    elif arguments.command == "migrate":
        migrate_instance(arguments.home)
    else:
        sys.exit(lint())


def owner(admin_url: str, service: str) -> URL:
    """The owner's URL of a schema on a scratch server."""
    return make_url(admin_url).set(database=DATABASE, username=f"{service}_owner", password=SCRATCH_PASSWORD)


def scratch_passwords() -> dict[str, Passwords]:
    """One password for every role of a scratch server."""
    return {service: Passwords(owner=SCRATCH_PASSWORD, runtime=SCRATCH_PASSWORD) for service in services()}


def write_migration(service: str, message: str) -> None:
    """Migrate a scratch server to the newest revisions and write down what the service's tables have beyond them."""
    versions = MIGRATIONS / service / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    with scratch_postgres() as admin_url:
        passwords = {service: scratch_passwords()[service]}
        prepare(admin_url, passwords)
        number = f"{len(list(versions.glob('*.py'))) + 1:04d}"
        config = configuration(service, owner(admin_url, service))
        command.revision(config, message=message, autogenerate=True, rev_id=number)
    print(f"Read it before you keep it: {versions}/{number}_*.py")


def migrate_instance(home: Path) -> None:
    """Run all migrations against the instance in `home`, which must be running."""
    try:
        asyncio.run(Control(Home(home)).restart("migrations"))
    except Problem as problem:
        sys.exit(f"{problem.cause} {problem.remedy}")
    print("Every schema is at its newest revision.")


def lint() -> int:
    """Squawk's exit status over the SQL of every migration."""
    with tempfile.TemporaryDirectory() as folder:
        files = [_sql(service, Path(folder)) for service in services()]
        excluded = [f"--exclude={rule}" for rule in SQUAWK_EXCLUDED]
        return subprocess.run(
            [Path(sys.executable).with_name("squawk"), *excluded, *map(str, files)], check=False, timeout=120
        ).returncode


def _sql(service: str, folder: Path) -> Path:
    url = URL.create("postgresql", username=f"{service}_owner", database=DATABASE)
    path = folder / f"{service}.sql"
    config = configuration(service, url)
    with path.open("w") as file:
        config.output_buffer = file
        command.upgrade(config, "head", sql=True)
    return path


if __name__ == "__main__":
    main()
