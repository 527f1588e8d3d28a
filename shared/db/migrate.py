"""Brings one service's schema to a revision of its own linear history."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(service: str, url: URL) -> Config:
    """Alembic's configuration for one service's schema and its one linear history.

    `url` names the `<service>_owner` role; its password never enters the configuration's text.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / service / "versions"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["service"] = service
    config.attributes["url"] = url.set(drivername="postgresql+asyncpg")
    return config


def migrate(service: str, url: URL, *, to: str = "head") -> str | None:
    """Upgrade one schema. Returns the revision of one that a later version has migrated, and leaves that as it is: no migration
    does what the version before cannot live with, so that one can go back to it.

    Raises sqlalchemy.exc.DBAPIError when the database refuses, alembic.util.CommandError for a revision nobody knows.
    """
    config = configuration(service, url)
    newest = ScriptDirectory.from_config(config).get_current_head()
    found = asyncio.run(_revision(service, config.attributes["url"]))
    if found is not None and newest is not None and found > newest:  # revisions are numbers with leading zeros
        return found
    command.upgrade(config, to)
    return None


async def _revision(service: str, url: URL) -> str | None:
    """The revision that a schema is at, or None before the first."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection, opts={"version_table_schema": service}).get_current_revision()

    engine = create_async_engine(url, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(read)
    finally:
        await engine.dispose()
