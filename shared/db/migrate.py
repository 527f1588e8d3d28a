"""Brings one service's schema to a revision of its own linear history."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL

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


def migrate(service: str, url: URL, *, to: str = "head") -> None:
    """Upgrade one schema. Raises sqlalchemy.exc.DBAPIError when the database refuses."""
    command.upgrade(configuration(service, url), to)
